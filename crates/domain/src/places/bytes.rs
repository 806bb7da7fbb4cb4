//! Boundaries as few bytes, to keep them in the database: corners as differences in variable-length numbers, about 5 bytes
//! each where the GeoJSON needs 20. Reading them back checks everything again.

use super::boundaries::{Boundaries, Ring, SCALE, VIETNAM};

/// Format and version.
const MAGIC: &[u8; 4] = b"CDB1";

impl Boundaries {
    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        put(&mut out, self.outlines.len() as u64);
        for (code, rings) in &self.outlines {
            put(&mut out, code.len() as u64);
            out.extend_from_slice(code.as_bytes());
            put(&mut out, rings.len() as u64);
            for ring in rings {
                put(&mut out, ring.len() as u64);
                let mut last = [0_i64; 2];
                for corner in ring {
                    for axis in 0..2 {
                        let value = i64::from(corner[axis]);
                        put(&mut out, zigzag(value - last[axis]));
                        last[axis] = value;
                    }
                }
            }
        }
        out
    }

    /// Reads the stored form; `None` when it is damaged or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(MAGIC)?;
        let rest = &mut rest;
        let units = count(rest)?;
        let mut outlines = Vec::with_capacity(units);
        for _ in 0..units {
            let len = count(rest)?;
            let (code, after) = rest.split_at_checked(len)?;
            *rest = after;
            let code = std::str::from_utf8(code).ok()?.to_owned();
            let rings = count(rest)?;
            let mut outline = Vec::with_capacity(rings);
            for _ in 0..rings {
                let corners = count(rest)?;
                let mut ring: Ring = Vec::with_capacity(corners);
                let mut last = [0_i64; 2];
                for _ in 0..corners {
                    for value in &mut last {
                        *value = value.checked_add(unzigzag(get(rest)?))?;
                    }
                    let [lon, lat] = last.map(|value| value as f64 / SCALE);
                    if !(VIETNAM[0]..=VIETNAM[2]).contains(&lon) || !(VIETNAM[1]..=VIETNAM[3]).contains(&lat) {
                        return None;
                    }
                    ring.push([i32::try_from(last[0]).ok()?, i32::try_from(last[1]).ok()?]);
                }
                if ring.len() < 3 {
                    return None;
                }
                outline.push(ring);
            }
            outlines.push((code, outline));
        }
        rest.is_empty().then_some(Self { outlines })
    }
}

/// A count that the remaining bytes can hold, so that damage cannot ask for memory.
fn count(rest: &mut &[u8]) -> Option<usize> {
    let count = usize::try_from(get(rest)?).ok()?;
    (count <= rest.len()).then_some(count)
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Seven bits a byte, the lowest first.
fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn get(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
