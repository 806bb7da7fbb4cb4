//! The letters that papers are set in: how wide they are, and where lines break.

use skrifa::{
    FontRef, GlyphId, MetadataProvider,
    instance::{LocationRef, Size},
};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

/// What stands for a letter that the font does not have.
const MISSING: char = '\u{fffd}';

/// Regular and bold.
pub struct Letters([Face; 2]);

struct Face {
    bytes: &'static [u8],
    per_em: f32,
    known: Mutex<HashMap<char, Option<(u32, f32)>>>,
}

static FACES: LazyLock<Option<Letters>> =
    LazyLock::new(|| Some(Letters([Face::of(dejavu::sans::regular())?, Face::of(dejavu::sans::bold())?])));

impl Letters {
    pub fn load() -> Option<&'static Self> {
        FACES.as_ref()
    }

    pub fn bytes(&self, bold: bool) -> &'static [u8] {
        self.0[usize::from(bold)].bytes
    }

    /// Number and width (in sizes of the font) of a letter that the font has.
    pub fn glyph(&self, c: char, bold: bool) -> Option<(u32, f32)> {
        self.0[usize::from(bold)].glyph(c)
    }

    fn width(&self, c: char, bold: bool, size: f32) -> f32 {
        self.glyph(c, bold).map_or(0.0, |(_, width)| width * size)
    }

    /// A text as it can be set: one character for each that stays, none that reorders, hides or commands; one that the font
    /// does not have shows that something was there.
    pub fn clean(&self, text: &str, bold: bool) -> String {
        let settable = |c: char| match c {
            '\n' => Some(c),
            c if c.is_whitespace() => Some(' '),
            c if c.is_control() || is_unseen(c) => None,
            c if self.glyph(c, bold).is_some() => Some(c),
            _ => Some(MISSING),
        };
        text.chars().filter_map(settable).collect()
    }

    /// Lines of at most this width; all but a paragraph's last end with a space, so that copied text has its words. A word
    /// longer than a line is broken.
    pub fn lines(&self, text: &str, bold: bool, size: f32, width: f32) -> Vec<String> {
        let clean = self.clean(text, bold);
        let mut lines = Vec::new();
        for paragraph in clean.split('\n') {
            let (mut line, mut filled) = (String::new(), 0.0f32);
            for word in paragraph.split(' ').filter(|w| !w.is_empty()) {
                let long: f32 = word.chars().map(|c| self.width(c, bold, size)).sum();
                let space = if line.is_empty() { 0.0 } else { self.width(' ', bold, size) };
                if filled + space + long > width && !line.is_empty() {
                    line.push(' ');
                    lines.push(std::mem::take(&mut line));
                    filled = 0.0;
                } else if !line.is_empty() {
                    line.push(' ');
                    filled += space;
                }
                if long <= width {
                    line.push_str(word);
                    filled += long;
                    continue;
                }
                for c in word.chars() {
                    let w = self.width(c, bold, size);
                    if filled + w > width && !line.is_empty() {
                        lines.push(std::mem::take(&mut line));
                        filled = 0.0;
                    }
                    line.push(c);
                    filled += w;
                }
            }
            lines.push(line);
        }
        lines
    }
}

impl Face {
    fn of(bytes: &'static [u8]) -> Option<Self> {
        let font = FontRef::new(bytes).ok()?;
        let per_em = f32::from(font.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
        Some(Self { bytes, per_em, known: Mutex::default() })
    }

    fn glyph(&self, c: char) -> Option<(u32, f32)> {
        /// More letters than any language of ours has; beyond that they are looked up each time.
        const KNOWN_MOST: usize = 4_096;
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(glyph) = known.get(&c) {
            return *glyph;
        }
        let glyph = FontRef::new(self.bytes).ok().and_then(|font| {
            let id = font.charmap().map(c).filter(|id| *id != GlyphId::NOTDEF)?;
            let metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
            Some((id.to_u32(), metrics.advance_width(id)? / self.per_em))
        });
        if known.len() < KNOWN_MOST {
            known.insert(c, glyph);
        }
        glyph
    }
}

/// Marks of direction, joiners, fillers and variation selectors: nothing to see, much to hide behind.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}'
        | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}')
}
