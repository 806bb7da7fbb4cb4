//! The boxes of an ISO base media file (ISO/IEC 14496-12): where each begins and ends. Nothing is read outside of its box, and a
//! file that claims endless boxes ends the reading.

use super::BadVideo;
use std::cell::Cell;

/// Boxes of one file that are looked at; a phone's film has about a hundred.
const MOST: usize = 4_096;

/// A box: header, content, end, all as places in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    pub at: usize,
    pub body: usize,
    pub end: usize,
    pub name: [u8; 4],
}

impl Node {
    pub fn len(&self) -> usize {
        self.end - self.body
    }
}

pub struct Boxes<'f> {
    file: &'f [u8],
    left: Cell<usize>,
}

impl<'f> Boxes<'f> {
    pub fn new(file: &'f [u8]) -> Self {
        Self { file, left: Cell::new(MOST) }
    }

    /// The outermost boxes. The last one may say «to the end of the file».
    pub fn outermost(&self) -> Result<Vec<Node>, BadVideo> {
        self.list(0, self.file.len(), true)
    }

    /// The boxes in a box, behind `skip` bytes of its content.
    pub fn inside(&self, node: Node, skip: usize) -> Result<Vec<Node>, BadVideo> {
        if node.len() < skip {
            return Err(BadVideo::Broken);
        }
        self.list(node.body + skip, node.end, false)
    }

    fn list(&self, from: usize, to: usize, may_be_open: bool) -> Result<Vec<Node>, BadVideo> {
        let (mut found, mut at) = (Vec::new(), from);
        while at < to {
            self.left.set(self.left.get().checked_sub(1).ok_or(BadVideo::Broken)?);
            let name: [u8; 4] = self.bytes(at + 4, to)?;
            let (head, size) = match u32::from_be_bytes(self.bytes(at, to)?) {
                0 if may_be_open => (8, to - at),
                // 64 bits, behind the name.
                1 => (16, usize::try_from(u64::from_be_bytes(self.bytes(at + 8, to)?)).map_err(|_| BadVideo::Broken)?),
                size => (8, size as usize),
            };
            if size < head || size > to - at {
                return Err(BadVideo::Broken);
            }
            found.push(Node { at, body: at + head, end: at + size, name });
            at += size;
        }
        Ok(found)
    }

    fn bytes<const N: usize>(&self, at: usize, end: usize) -> Result<[u8; N], BadVideo> {
        let to = at.checked_add(N).filter(|to| *to <= end).ok_or(BadVideo::Broken)?;
        self.file.get(at..to).and_then(|b| b.try_into().ok()).ok_or(BadVideo::Broken)
    }

    /// Four bytes of a box's content.
    pub fn word(&self, node: Node, at: usize) -> Result<[u8; 4], BadVideo> {
        self.bytes(node.body.checked_add(at).ok_or(BadVideo::Broken)?, node.end)
    }

    pub fn u32(&self, node: Node, at: usize) -> Result<u32, BadVideo> {
        self.word(node, at).map(u32::from_be_bytes)
    }

    pub fn u64(&self, node: Node, at: usize) -> Result<u64, BadVideo> {
        self.bytes(node.body.checked_add(at).ok_or(BadVideo::Broken)?, node.end).map(u64::from_be_bytes)
    }

    /// Version 0 writes times and durations with 32 bits, version 1 with 64.
    pub fn is_long(&self, node: Node) -> Result<bool, BadVideo> {
        Ok(self.word(node, 0)?[0] == 1)
    }

    /// The entries of a table: how many there are stands before them, and all of them must be there.
    pub fn table(&self, node: Node, at: usize, width: usize) -> Result<usize, BadVideo> {
        let count = self.u32(node, at)? as usize;
        let room = node.len().saturating_sub(at + 4) / width;
        if count > room { Err(BadVideo::Broken) } else { Ok(count) }
    }
}

/// The one box of this name; two of them are one too many.
pub fn only(nodes: &[Node], name: &[u8; 4]) -> Result<Option<Node>, BadVideo> {
    let mut named = nodes.iter().filter(|n| n.name == *name);
    match (named.next(), named.next()) {
        (found, None) => Ok(found.copied()),
        _ => Err(BadVideo::Broken),
    }
}

/// The same where it must be.
pub fn one(nodes: &[Node], name: &[u8; 4]) -> Result<Node, BadVideo> {
    only(nodes, name)?.ok_or(BadVideo::Broken)
}
