//! What a file is, by its content alone: its name and what the browser calls it are a stranger's words.

use super::{MOST_BYTES, Refusal, pdf};

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Media {
    Pdf,
    /// A picture, drawn anew by us.
    Jpeg,
}

impl Media {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpeg",
        }
    }

    /// A row of a release that knew more counts as a PDF: never shown in a page.
    pub(super) fn parse(text: &str) -> Self {
        if text == "jpeg" { Self::Jpeg } else { Self::Pdf }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// Of a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpg",
        }
    }
}

/// Says what a stranger's bytes are, without decoding anything. A picture may still be refused when it is drawn anew.
pub fn what(bytes: &[u8]) -> Result<Media, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    if bytes.len() > MOST_BYTES {
        return Err(Refusal::TooLarge);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(Media::Jpeg);
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        // The decoder fills what is missing with grey: a paper of which half is grey is no paper.
        return if jpeg_ends(bytes) { Ok(Media::Jpeg) } else { Err(Refusal::PictureBroken) };
    }
    if bytes.starts_with(b"%PDF-") {
        pdf::check(bytes)?;
        return Ok(Media::Pdf);
    }
    Err(Refusal::Unknown)
}

/// Whether a JPEG goes on to its end marker, segment by segment; whatever cameras write behind it is their own affair.
fn jpeg_ends(bytes: &[u8]) -> bool {
    let mut at = 2;
    let mut has_scan = false;
    while let Some(&byte) = bytes.get(at) {
        if byte != 0xff {
            // Before the first scan only segments stand; within one, this is the picture.
            if !has_scan {
                return false;
            }
            at += 1;
            continue;
        }
        match bytes.get(at + 1) {
            // The end: of a picture, if there was one.
            Some(0xd9) => return has_scan,
            // Filling, and in a scan an 0xff of the picture or the mark of a restart.
            Some(0xff) => at += 1,
            Some(0x00 | 0x01 | 0xd0..=0xd7) => at += 2,
            Some(&marker) => {
                let (Some(&high), Some(&low)) = (bytes.get(at + 2), bytes.get(at + 3)) else { return false };
                has_scan |= marker == 0xda;
                at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
            }
            None => return false,
        }
    }
    false
}
