//! The ground of the maps from a PMTiles file (version 3) of pictures on our own disk: no tile server learns what people look
//! at. Of the file only what is asked for is read. The format: directories of varints, tiles numbered along a Hilbert curve.

use crate::{error::Problem, state::Web};
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use std::{
    fs::File,
    io::Read,
    os::unix::fs::FileExt,
    path::Path as FilePath,
    sync::{Arc, Mutex},
};

pub fn routes() -> Router<Web> {
    Router::new().route("/ban-do/nen/{z}/{x}/{y}", get(tile))
}

/// Bytes of a directory as stored and unfolded, and of a tile, at most: a broken file must not fill the memory.
const DIRECTORY: u64 = 4 << 20;
const UNFOLDED: u64 = 32 << 20;
const TILE: u64 = 4 << 20;
/// Leaf directories that are kept unfolded.
const LEAVES: usize = 16;
/// Directories on the way to a tile: the root and leaves below it.
const DEEPEST: usize = 4;

#[derive(Debug, Clone, Copy)]
struct Entry {
    id: u64,
    run: u64,
    offset: u64,
    length: u64,
}

/// An open file.
#[derive(Debug)]
pub struct Archive {
    file: File,
    root: Arc<Vec<Entry>>,
    leaves: (u64, u64),
    tiles: (u64, u64),
    gzipped: bool,
    kind: &'static str,
    kept: Mutex<Vec<(u64, Arc<Vec<Entry>>)>>,
}

impl Archive {
    /// Errors: in words for the operator.
    pub fn open(path: &FilePath) -> Result<Self, String> {
        let told = |what: &str| format!("map.pmtiles {}: {what}", path.display());
        let file = File::open(path).map_err(|e| told(&e.to_string()))?;
        let mut head = [0u8; 127];
        file.read_exact_at(&mut head, 0).map_err(|_| told("shorter than the head of a PMTiles file"))?;
        if &head[..7] != b"PMTiles" || head[7] != 3 {
            return Err(told("not a PMTiles file of version 3"));
        }
        let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| head[at + i]));
        let gzipped = match head[97] {
            1 => false,
            2 => true,
            _ => return Err(told("its directories must be plain or gzip")),
        };
        let kind = match head[99] {
            2 => "image/png",
            3 => "image/jpeg",
            4 => "image/webp",
            _ => return Err(told("its tiles must be pictures (PNG, JPEG or WebP), not vectors")),
        };
        if head[98] > 1 {
            return Err(told("its pictures must not be compressed once more"));
        }
        let mut archive = Self {
            file,
            root: Arc::default(),
            leaves: (number(40), number(48)),
            tiles: (number(56), number(64)),
            gzipped,
            kind,
            kept: Mutex::default(),
        };
        let root = archive.directory(number(8), number(16)).ok_or_else(|| told("its root directory cannot be read"))?;
        archive.root = Arc::new(root);
        Ok(archive)
    }

    fn bytes(&self, offset: u64, length: u64) -> Option<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(length).ok()?];
        self.file.read_exact_at(&mut bytes, offset).ok()?;
        Some(bytes)
    }

    fn directory(&self, offset: u64, length: u64) -> Option<Vec<Entry>> {
        let bytes = (length <= DIRECTORY).then(|| self.bytes(offset, length)).flatten()?;
        if !self.gzipped {
            return entries(&bytes);
        }
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&bytes[..]).take(UNFOLDED + 1).read_to_end(&mut plain).ok()?;
        if plain.len() as u64 > UNFOLDED { None } else { entries(&plain) }
    }

    fn leaf(&self, offset: u64, length: u64) -> Option<Arc<Vec<Entry>>> {
        if let Ok(kept) = self.kept.lock()
            && let Some((_, found)) = kept.iter().find(|(at, _)| *at == offset)
        {
            return Some(found.clone());
        }
        let inside = offset.checked_add(length)? <= self.leaves.1;
        let made = Arc::new(inside.then(|| self.directory(self.leaves.0.checked_add(offset)?, length)).flatten()?);
        if let Ok(mut kept) = self.kept.lock() {
            if kept.len() >= LEAVES {
                kept.remove(0);
            }
            kept.push((offset, made.clone()));
        }
        Some(made)
    }

    /// A picture; `None` where the file has none. Reads from the disk.
    pub fn tile(&self, z: u8, x: u32, y: u32) -> Option<Vec<u8>> {
        let id = tile_id(z, x, y)?;
        let mut directory = self.root.clone();
        for _ in 0..DEEPEST {
            let at = directory.partition_point(|e| e.id <= id).checked_sub(1)?;
            let entry = directory[at];
            if entry.run == 0 {
                directory = self.leaf(entry.offset, entry.length)?;
                continue;
            }
            let inside = id < entry.id.saturating_add(entry.run)
                && entry.length <= TILE
                && entry.offset.checked_add(entry.length)? <= self.tiles.1;
            return inside.then(|| self.bytes(self.tiles.0.checked_add(entry.offset)?, entry.length)).flatten();
        }
        None
    }
}

/// The number of a tile: all smaller zooms first, then along the Hilbert curve.
fn tile_id(z: u8, x: u32, y: u32) -> Option<u64> {
    let side = 1u64.checked_shl(u32::from(z)).filter(|_| z <= 26)?;
    let (mut x, mut y) = (u64::from(x), u64::from(y));
    if x >= side || y >= side {
        return None;
    }
    let mut id = (side * side - 1) / 3;
    let mut s = side / 2;
    while s > 0 {
        let (right, up) = (u64::from(x & s > 0), u64::from(y & s > 0));
        id += s * s * ((3 * right) ^ up);
        if up == 0 {
            if right == 1 {
                x = (side - 1) - x;
                y = (side - 1) - y;
            }
            std::mem::swap(&mut x, &mut y);
        }
        s /= 2;
    }
    Some(id)
}

/// A directory; `None` when it is broken.
fn entries(bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut at = 0;
    let mut next = || -> Option<u64> {
        let (mut value, mut shift) = (0u64, 0);
        loop {
            let byte = *bytes.get(at)?;
            at += 1;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
            shift += 7;
        }
    };
    let n = usize::try_from(next()?).ok()?;
    // Four numbers each, of a byte at least.
    if n > bytes.len() / 4 {
        return None;
    }
    let mut all = vec![Entry { id: 0, run: 0, offset: 0, length: 0 }; n];
    let mut id = 0u64;
    for e in &mut all {
        id = id.checked_add(next()?)?;
        e.id = id;
    }
    for e in &mut all {
        e.run = next()?;
    }
    for e in &mut all {
        e.length = next()?;
    }
    let mut after = 0u64;
    for e in &mut all {
        e.offset = match next()? {
            0 => after,
            v => v - 1,
        };
        after = e.offset.checked_add(e.length)?;
    }
    Some(all)
}

async fn tile(State(web): State<Web>, Path((z, x, y)): Path<(u8, u32, u32)>) -> Result<Response, Problem> {
    let archive = web.http.tiles.as_ref().and_then(|t| t.archive.clone()).ok_or(Problem::NotFound)?;
    let kind = archive.kind;
    let found = tokio::task::spawn_blocking(move || archive.tile(z, x, y)).await.map_err(|_| Problem::Internal)?;
    let mut response = found.ok_or(Problem::NotFound)?.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn varint(out: &mut Vec<u8>, mut v: u64) {
        while v >= 0x80 {
            out.push(v as u8 | 0x80);
            v >>= 7;
        }
        out.push(v as u8);
    }

    /// (id, run, length, offset)
    fn directory(all: &[(u64, u64, u64, u64)]) -> Vec<u8> {
        let mut out = Vec::new();
        varint(&mut out, all.len() as u64);
        let mut last = 0;
        for e in all {
            varint(&mut out, e.0 - last);
            last = e.0;
        }
        all.iter().for_each(|e| varint(&mut out, e.1));
        all.iter().for_each(|e| varint(&mut out, e.2));
        all.iter().for_each(|e| varint(&mut out, e.3 + 1));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&out).unwrap();
        gzip.finish().unwrap()
    }

    fn archive(kind: u8) -> Vec<u8> {
        // Zoom 0 in the root; zoom 1 in a leaf, where two tiles are one picture.
        with_leaf(kind, &directory(&[(1, 1, 3, 4), (3, 2, 4, 0)]))
    }

    fn with_leaf(kind: u8, leaf: &[u8]) -> Vec<u8> {
        let root = directory(&[(0, 1, 4, 0), (1, 0, leaf.len() as u64, 0)]);
        let mut head = Vec::from(*b"PMTiles\x03");
        let (root_at, leaf_at) = (127, 127 + root.len() as u64);
        let tiles_at = leaf_at + leaf.len() as u64;
        for n in [root_at, root.len() as u64, 0, 0, leaf_at, leaf.len() as u64, tiles_at, 7, 4, 3, 2] {
            head.extend(n.to_le_bytes());
        }
        head.extend([1, 2, 1, kind]);
        head.resize(127, 0);
        [&head, &root, leaf, b"wideone"].concat()
    }

    fn open(bytes: &[u8]) -> Result<Archive, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        Archive::open(file.path())
    }

    #[test]
    fn r10_a_tile_is_found_in_a_pmtiles_file() {
        let archive = open(&archive(2)).unwrap();
        assert_eq!(archive.tile(0, 0, 0).unwrap(), b"wide");
        assert_eq!(archive.tile(1, 0, 0).unwrap(), b"one");
        assert_eq!(archive.tile(1, 0, 1), None, "a tile that the file does not have");
        for (x, y) in [(1, 1), (1, 0)] {
            assert_eq!(archive.tile(1, x, y).unwrap(), b"wide", "{x} {y}");
        }
        assert_eq!(archive.tile(1, 2, 0), None);
        assert_eq!(archive.tile(30, 0, 0), None);
    }

    #[test]
    fn r10_a_leaf_that_leads_to_itself_ends() {
        // Its entry names the place and the length of the leaf it stands in.
        let leaf = (1..200).map(|length| (length, directory(&[(1, 0, length, 0)])));
        let (_, leaf) = leaf.into_iter().find(|(length, leaf)| *length == leaf.len() as u64).unwrap();
        let archive = open(&with_leaf(2, &leaf)).unwrap();
        assert_eq!(archive.tile(1, 0, 0), None);
        assert_eq!(archive.tile(0, 0, 0).unwrap(), b"wide", "what stands in the root is still found");
    }

    #[test]
    fn r10_tiles_are_numbered_as_the_format_says() {
        // Examples of the specification.
        for ((z, x, y), id) in
            [((0, 0, 0), 0), ((1, 0, 0), 1), ((1, 0, 1), 2), ((1, 1, 1), 3), ((1, 1, 0), 4), ((2, 0, 0), 5)]
        {
            assert_eq!(tile_id(z, x, y), Some(id), "{z}/{x}/{y}");
        }
        assert_eq!(tile_id(12, 3423, 1763), Some(19_078_479));
    }

    #[test]
    fn r10_a_broken_file_is_refused_or_has_no_tile() {
        let good = archive(2);
        assert!(open(b"PMTiles").is_err());
        assert!(open(&archive(1)).unwrap_err().contains("pictures"));
        assert!(open(&[b"XX", &good[2..]].concat()).is_err());
        for cut in 0..good.len() {
            if let Ok(archive) = open(&good[..cut]) {
                archive.tile(1, 1, 1);
            }
        }
        for at in 8..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0xff;
            if let Ok(archive) = open(&bad) {
                for (x, y) in [(0, 0), (0, 1), (1, 1), (1, 0)] {
                    archive.tile(1, x, y);
                }
            }
        }
    }
}
