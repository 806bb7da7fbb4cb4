//! What a film is made of, and what is taken out of it. Pictures cannot be encoded anew here as those of photos are, so everything
//! that does not serve playing is overwritten in place: only boxes of a list are kept, and of the data only the samples of
//! picture and sound. Places, device names, XMP and whatever else phones will invent are on no list.
//!
//! Timed metadata (GPS of action cameras, but also what every iPhone writes beside each film) goes the same way: its track becomes
//! empty space and its samples zeros. Refusing such films would refuse the most common phones.

use super::{
    BadVideo, Facts, Kind, MOST_SECONDS,
    boxes::{Boxes, Node, one, only},
};
use std::ops::Range;

/// Chunks of all tracks together; a minute in one-frame chunks has twenty thousand.
const MOST_CHUNKS: usize = 100_000;
/// Stretches of data (`mdat`); phones write one.
const MOST_DATA: usize = 16;
const MOST_SIDE: u32 = 16_384;

/// Written by phones and by what people cut films with on them.
const BRANDS: [&[u8; 4]; 30] = [
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41", b"mp42", b"avc1",
    b"hvc1", b"av01", b"MSNV", b"M4V ", b"M4VH", b"M4VP", b"mmp4", b"XAVC", b"qt  ", b"3gp1", b"3gp2", b"3gp3",
    b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3gr6", b"3gs7",
];
const PICTURE: [&[u8; 4]; 6] = [b"avc1", b"hvc1", b"hev1", b"mp4v", b"av01", b"vp09"];
const SOUND: [&[u8; 4]; 5] = [b"mp4a", b"samr", b"sawb", b"Opus", b"alac"];

const IN_MOOV: &[&[u8; 4]] = &[b"mvhd", b"trak"];
const IN_TRAK: &[&[u8; 4]] = &[b"tkhd", b"edts", b"mdia"];
const IN_EDTS: &[&[u8; 4]] = &[b"elst"];
const IN_MDIA: &[&[u8; 4]] = &[b"mdhd", b"hdlr", b"minf"];
const IN_MINF: &[&[u8; 4]] = &[b"vmhd", b"smhd", b"hdlr", b"dinf", b"stbl"];
const IN_DINF: &[&[u8; 4]] = &[b"dref"];
const IN_STBL: &[&[u8; 4]] = &[
    b"stsd", b"stts", b"ctts", b"cslg", b"stss", b"stps", b"stsh", b"sdtp", b"stsc", b"stsz", b"stco", b"co64",
    b"sgpd", b"sbgp",
];

/// Looks at a film and overwrites what does not serve playing. Nothing moves: sizes and offsets stay what they were. What is
/// refused may be half overwritten.
pub fn clean(file: &mut [u8]) -> Result<Facts, BadVideo> {
    let (facts, plan) = read(file)?;
    for node in plan.blank {
        file[node.at + 4..node.at + 8].copy_from_slice(b"free");
        file[node.body..node.end].fill(0);
    }
    for part in plan.zero {
        file[part].fill(0);
    }
    Ok(facts)
}

/// What is to be overwritten.
#[derive(Default)]
struct Plan {
    /// Boxes that become empty space of the same size.
    blank: Vec<Node>,
    /// Bytes within boxes that stay.
    zero: Vec<Range<usize>>,
    /// Samples of picture and sound.
    kept: Vec<Range<usize>>,
    chunks: usize,
}

impl Plan {
    /// Drops what is not on the list; answers what is.
    fn keep(&mut self, nodes: Vec<Node>, list: &[&[u8; 4]]) -> Vec<Node> {
        let (kept, gone): (Vec<Node>, Vec<Node>) = nodes.into_iter().partition(|n| list.contains(&&n.name));
        self.blank.extend(gone);
        kept
    }

    fn zero(&mut self, node: Node, from: usize, to: usize) {
        let part = (node.body + from).min(node.end)..(node.body + to).min(node.end);
        if !part.is_empty() {
            self.zero.push(part);
        }
    }

    /// When it was filmed says as much as where: creation and modification time.
    fn zero_times(&mut self, node: Node, long: bool) {
        self.zero(node, 4, if long { 20 } else { 12 });
    }
}

fn read(file: &[u8]) -> Result<(Facts, Plan), BadVideo> {
    let boxes = Boxes::new(file);
    if file.is_empty() {
        return Err(BadVideo::Empty);
    }
    if file.get(4..8) != Some(b"ftyp") {
        return Err(BadVideo::NotAVideo);
    }
    let top = boxes.outermost()?;
    let kind = kind(&boxes, one(&top, b"ftyp")?)?;
    let moov = only(&top, b"moov")?;
    if top.iter().any(|n| n.name == *b"moof") {
        return Err(BadVideo::Fragmented);
    }
    let moov = moov.ok_or(BadVideo::Broken)?;
    let inside = boxes.inside(moov, 0)?;
    if inside.iter().any(|n| n.name == *b"mvex") {
        return Err(BadVideo::Fragmented);
    }
    let mut plan = Plan::default();
    let top = plan.keep(top, &[b"ftyp", b"moov", b"mdat"]);
    let inside = plan.keep(inside, IN_MOOV);

    let mvhd = one(&inside, b"mvhd")?;
    let seconds = duration(&boxes, mvhd)?;
    plan.zero_times(mvhd, boxes.is_long(mvhd)?);
    let data: Vec<Node> = top.into_iter().filter(|n| n.name == *b"mdat").collect();
    if data.len() > MOST_DATA {
        return Err(BadVideo::Broken);
    }
    let (mut size, mut unknown) = (None, false);
    for trak in inside.into_iter().filter(|n| n.name == *b"trak") {
        match track(&boxes, trak, &data, &mut plan)? {
            Track::Picture(found) => size = size.or(Some(found)),
            Track::Sound => {}
            Track::Other { picture } => {
                unknown |= picture;
                plan.blank.push(trak);
            }
        }
    }
    let (width, height) = match size {
        Some(size) => size,
        None if unknown => return Err(BadVideo::UnknownKind),
        None => return Err(BadVideo::NotAVideo),
    };
    let gaps = gaps(&data, std::mem::take(&mut plan.kept));
    plan.zero.extend(gaps);
    Ok((Facts { kind, seconds, width, height }, plan))
}

fn kind(boxes: &Boxes, ftyp: Node) -> Result<Kind, BadVideo> {
    let major = boxes.word(ftyp, 0)?;
    let mut known = BRANDS.contains(&&major);
    for at in (8..ftyp.len().saturating_sub(3)).step_by(4) {
        known |= BRANDS.contains(&&boxes.word(ftyp, at)?);
    }
    match &major {
        _ if !known => Err(BadVideo::UnknownKind),
        b"qt  " => Ok(Kind::QuickTime),
        [b'3', b'g', ..] => Ok(Kind::ThreeGpp),
        _ => Ok(Kind::Mp4),
    }
}

/// Whole seconds, rounded up for people.
fn duration(boxes: &Boxes, mvhd: Node) -> Result<u32, BadVideo> {
    let (scale, length) = match boxes.is_long(mvhd)? {
        true => (boxes.u32(mvhd, 20)?, boxes.u64(mvhd, 24)?),
        false => (boxes.u32(mvhd, 12)?, u64::from(boxes.u32(mvhd, 16)?)),
    };
    if scale == 0 || length == 0 {
        return Err(BadVideo::Broken);
    }
    // A phone that stops by itself at 60 s writes some frames more.
    if length / u64::from(scale) > u64::from(MOST_SECONDS) {
        return Err(BadVideo::TooLong);
    }
    u32::try_from(length.div_ceil(u64::from(scale))).map(|s| s.min(MOST_SECONDS)).map_err(|_| BadVideo::TooLong)
}

enum Track {
    /// Width and height as shown.
    Picture((u32, u32)),
    Sound,
    /// Nothing that is kept. `picture`: it would be one, but its codec is not known.
    Other {
        picture: bool,
    },
}

fn track(boxes: &Boxes, trak: Node, data: &[Node], plan: &mut Plan) -> Result<Track, BadVideo> {
    let in_trak = boxes.inside(trak, 0)?;
    let in_mdia = boxes.inside(one(&in_trak, b"mdia")?, 0)?;
    let hdlr = one(&in_mdia, b"hdlr")?;
    let (picture, known): (bool, &[&[u8; 4]]) = match &boxes.word(hdlr, 8)? {
        b"vide" => (true, &PICTURE),
        b"soun" => (false, &SOUND),
        _ => return Ok(Track::Other { picture: false }),
    };
    let in_minf = boxes.inside(one(&in_mdia, b"minf")?, 0)?;
    let in_stbl = boxes.inside(one(&in_minf, b"stbl")?, 0)?;
    let entries = boxes.inside(one(&in_stbl, b"stsd")?, 8)?;
    if entries.is_empty() {
        return Err(BadVideo::Broken);
    }
    if !entries.iter().all(|e| known.contains(&&e.name)) {
        return Ok(Track::Other { picture });
    }

    let tkhd = one(&in_trak, b"tkhd")?;
    let mdhd = one(&in_mdia, b"mdhd")?;
    plan.zero_times(tkhd, boxes.is_long(tkhd)?);
    plan.zero_times(mdhd, boxes.is_long(mdhd)?);
    // Names that phones and cameras give themselves; whoever handles the data there is found by the four letters before.
    plan.zero(hdlr, 12, hdlr.len());
    for named in in_minf.iter().filter(|n| n.name == *b"hdlr") {
        plan.zero(*named, 12, named.len());
    }
    if picture {
        for entry in &entries {
            plan.zero(*entry, 12, 16); // vendor
            plan.zero(*entry, 42, 74); // name of the encoder, as «GoPro AVC encoder»
        }
    }
    if let Some(edts) = only(&in_trak, b"edts")? {
        plan.keep(boxes.inside(edts, 0)?, IN_EDTS);
    }
    let in_dinf = boxes.inside(one(&in_minf, b"dinf")?, 0)?;
    references(boxes, one(&in_dinf, b"dref")?, plan)?;
    plan.keep(in_dinf, IN_DINF);
    let samples = samples(boxes, &in_stbl, data, plan)?;
    plan.keep(in_trak, IN_TRAK);
    plan.keep(in_mdia, IN_MDIA);
    plan.keep(in_minf, IN_MINF);
    plan.keep(in_stbl, IN_STBL);
    match picture {
        true if samples == 0 => Err(BadVideo::Broken),
        true => Ok(Track::Picture(shown_size(boxes, tkhd)?)),
        false => Ok(Track::Sound),
    }
}

/// Data that lies elsewhere would make the player fetch it from there.
fn references(boxes: &Boxes, dref: Node, plan: &mut Plan) -> Result<(), BadVideo> {
    for entry in boxes.inside(dref, 8)? {
        if boxes.u32(entry, 0)? & 1 == 0 {
            return Err(BadVideo::UnknownKind);
        }
        plan.zero(entry, 4, entry.len());
    }
    Ok(())
}

/// Upright: a phone that is held upright writes lying pictures and a matrix that turns them.
fn shown_size(boxes: &Boxes, tkhd: Node) -> Result<(u32, u32), BadVideo> {
    let matrix = if boxes.is_long(tkhd)? { 52 } else { 40 };
    let (width, height) = (boxes.u32(tkhd, matrix + 36)? >> 16, boxes.u32(tkhd, matrix + 40)? >> 16);
    if !(1..=MOST_SIDE).contains(&width) || !(1..=MOST_SIDE).contains(&height) {
        return Err(BadVideo::Broken);
    }
    let turned = boxes.u32(tkhd, matrix)? == 0 && boxes.u32(tkhd, matrix + 16)? == 0;
    Ok(if turned { (height, width) } else { (width, height) })
}

/// Notes where the samples of a track lie and answers how many there are. Chunk by chunk (`stco`) with the samples in each
/// (`stsc`) and their sizes (`stsz`); every chunk must lie in the data.
fn samples(boxes: &Boxes, in_stbl: &[Node], data: &[Node], plan: &mut Plan) -> Result<usize, BadVideo> {
    let (chunks, wide) = match (only(in_stbl, b"stco")?, only(in_stbl, b"co64")?) {
        (Some(stco), None) => (stco, false),
        (None, Some(co64)) => (co64, true),
        _ => return Err(BadVideo::Broken),
    };
    let (stsc, stsz) = (one(in_stbl, b"stsc")?, one(in_stbl, b"stsz")?);
    let same = boxes.u32(stsz, 4)? as usize;
    let count = if same == 0 { boxes.table(stsz, 8, 4)? } else { boxes.u32(stsz, 8)? as usize };
    let runs = boxes.table(stsc, 4, 12)?;
    let many = boxes.table(chunks, 4, if wide { 8 } else { 4 })?;
    plan.chunks += many;
    if plan.chunks > MOST_CHUNKS || (many > 0 && runs == 0) {
        return Err(BadVideo::Broken);
    }
    let (mut sample, mut run) = (0usize, 0usize);
    for chunk in 0..many {
        while run + 1 < runs && boxes.u32(stsc, 8 + 12 * (run + 1))? as usize <= chunk + 1 {
            run += 1;
        }
        // Some writers count the last chunk as full as the others.
        let here = (boxes.u32(stsc, 8 + 12 * run + 4)? as usize).min(count - sample);
        let mut length = 0usize;
        if same == 0 {
            for n in sample..sample + here {
                length = length.saturating_add(boxes.u32(stsz, 12 + 4 * n)? as usize);
            }
        } else {
            length = same.saturating_mul(here);
        }
        sample += here;
        if length == 0 {
            continue;
        }
        let at = match wide {
            true => usize::try_from(boxes.u64(chunks, 8 + 8 * chunk)?).map_err(|_| BadVideo::Broken)?,
            false => boxes.u32(chunks, 8 + 4 * chunk)? as usize,
        };
        let end = at.saturating_add(length);
        if !data.iter().any(|d| d.body <= at && end <= d.end) {
            return Err(BadVideo::Broken);
        }
        match plan.kept.last_mut() {
            Some(last) if last.end == at => last.end = end,
            _ => plan.kept.push(at..end),
        }
    }
    Ok(sample)
}

/// What of the data belongs to no kept track.
fn gaps(data: &[Node], mut kept: Vec<Range<usize>>) -> Vec<Range<usize>> {
    kept.sort_by_key(|part| part.start);
    let mut gaps = Vec::new();
    let mut kept = kept.into_iter().peekable();
    // In the order of the file, as the outermost boxes were read.
    for node in data {
        let mut at = node.body;
        while let Some(part) = kept.next_if(|part| part.start < node.end) {
            if part.start > at {
                gaps.push(at..part.start);
            }
            at = at.max(part.end);
        }
        if at < node.end {
            gaps.push(at..node.end);
        }
    }
    gaps
}
