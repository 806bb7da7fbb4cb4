//! The skeleton of a PDF (ISO 32000-2, 7.5): enough to say that it is one from its first byte to its last and that no password closes it. Nothing of what
//! it shows is read; it is kept byte for byte and only ever handed out to be saved.

use super::Refusal;

/// How far from its end a PDF may say where its table of contents is.
const END: usize = 1024;
/// Bytes of the dictionary that says how to read the rest, and how deep it may be nested.
const MOST_DICTIONARY: usize = 64 * 1024;
const DEEPEST: usize = 32;

/// Errors: `PdfBroken`, `PdfLocked`.
pub(super) fn check(bytes: &[u8]) -> Result<(), Refusal> {
    let names = trailer(bytes).ok_or(Refusal::PdfBroken)?;
    if names.iter().any(|name| name == b"Encrypt") {
        return Err(Refusal::PdfLocked);
    }
    // Where its pages begin: without it nothing can be shown.
    if names.iter().any(|name| name == b"Root") { Ok(()) } else { Err(Refusal::PdfBroken) }
}

/// The names that stand in the newest trailer itself, not deeper. `None`: this is no whole PDF.
fn trailer(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let version = bytes.get(5..8)?;
    if !matches!(version, [b'1' | b'2', b'.', b'0'..=b'9']) {
        return None;
    }
    // Nothing behind its end: what stands there is read by others as something else (a web page, an archive).
    let end = bytes.iter().rposition(|b| !is_space(*b))? + 1;
    let body = bytes[..end].strip_suffix(b"%%EOF")?;
    let tail = &body[body.len().saturating_sub(END)..];
    let said = tail.windows(9).rposition(|w| w == b"startxref")? + 9;
    let mut words = Reader { bytes: tail, at: said };
    let start = words.number()?;
    words.skip_space();
    if words.at != tail.len() {
        return None;
    }
    let mut table = Reader { bytes: body, at: usize::try_from(start).ok()? };
    if table.at < 8 {
        return None;
    }
    if table.word(b"xref") {
        // Places of objects: digits and two letters, up to the trailer.
        while table.peek()?.is_ascii_digit() || matches!(table.peek()?, b'n' | b'f') || is_space(table.peek()?) {
            table.at += 1;
        }
        if !table.word(b"trailer") {
            return None;
        }
    } else {
        // The same as an object with a stream.
        table.number()?;
        table.skip_space();
        table.number()?;
        table.skip_space();
        if !table.word(b"obj") {
            return None;
        }
    }
    table.skip_space();
    table.dictionary()
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn word(&mut self, word: &[u8]) -> bool {
        let is_here = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        if is_here {
            self.at += word.len();
        }
        is_here
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                // A comment, to the end of its line.
                while self.peek().is_some_and(|b| !matches!(b, b'\n' | b'\r')) {
                    self.at += 1;
                }
            } else if is_space(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    /// A number without a sign, with the space before it.
    fn number(&mut self) -> Option<u64> {
        self.skip_space();
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) && self.at - start < 12 {
            self.at += 1;
        }
        std::str::from_utf8(self.bytes.get(start..self.at)?).ok()?.parse().ok()
    }

    /// Reads a dictionary to its end; the names in it that are not in something deeper.
    fn dictionary(&mut self) -> Option<Vec<Vec<u8>>> {
        let end = self.at + MOST_DICTIONARY;
        let mut names = Vec::new();
        // What is open: `<<` and `[`.
        let mut open: Vec<u8> = Vec::new();
        if !self.word(b"<<") {
            return None;
        }
        open.push(b'<');
        while self.at < end {
            self.skip_space();
            match self.peek()? {
                b'<' if self.word(b"<<") => open.push(b'<'),
                b'<' => self.skip_hexadecimal()?,
                b'>' => {
                    if !self.word(b">>") || open.pop() != Some(b'<') {
                        return None;
                    }
                    if open.is_empty() {
                        return (self.at <= end).then_some(names);
                    }
                }
                b'[' => {
                    self.at += 1;
                    open.push(b'[');
                }
                b']' => {
                    self.at += 1;
                    if open.pop() != Some(b'[') {
                        return None;
                    }
                }
                b'(' => self.skip_text()?,
                b'/' => {
                    let name = self.name();
                    if open.len() == 1 {
                        names.push(name);
                    }
                }
                b')' | b'{' | b'}' => return None,
                _ => {
                    while self.peek().is_some_and(|b| !is_space(b) && !is_delimiter(b)) {
                        self.at += 1;
                    }
                }
            }
            if open.len() > DEEPEST {
                return None;
            }
        }
        None
    }

    /// `/Name`; a letter may be written as `#` and two digits.
    fn name(&mut self) -> Vec<u8> {
        self.at += 1;
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|b| !is_space(*b) && !is_delimiter(*b)) {
            let digits = self.bytes.get(self.at + 1..self.at + 3).and_then(|d| std::str::from_utf8(d).ok());
            match digits.and_then(|d| u8::from_str_radix(d, 16).ok()) {
                Some(letter) if byte == b'#' => {
                    name.push(letter);
                    self.at += 3;
                }
                _ => {
                    name.push(byte);
                    self.at += 1;
                }
            }
        }
        name
    }

    fn skip_hexadecimal(&mut self) -> Option<()> {
        while self.peek()? != b'>' {
            self.at += 1;
        }
        self.at += 1;
        Some(())
    }

    /// `(text (with more) in it)`
    fn skip_text(&mut self) -> Option<()> {
        let mut deep = 0usize;
        loop {
            match self.peek()? {
                b'\\' => self.at += 1,
                b'(' => deep += 1,
                b')' => deep -= 1,
                _ => {}
            }
            self.at += 1;
            if deep == 0 {
                return Some(());
            }
        }
    }
}
