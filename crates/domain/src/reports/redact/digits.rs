//! What people take for a digit: characters of any alphabet, letters that look like one, and words that spell it. Every character of
//! every public text passes here, so what most texts hold is told before tables are asked.

/// The digit a character is: ASCII, full width, Arabic, mathematical, circled …
pub(super) fn digit(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.to_digit(10).map(|d| d as u8);
    }
    let code = u32::from(c);
    // Vietnamese letters, before tables are asked: every public text passes here, letter by letter.
    if code < 0x0660 || (0x1e00..0x1f00).contains(&code) || !c.is_numeric() {
        return None;
    }
    const ZEROS: [u32; 14] = [
        0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0e50, 0x0ed0, 0x1040, 0x17e0, 0xff10, 0x1d7ce, 0x1d7d8, 0x1d7e2,
        0x1d7ec,
    ];
    if let Some(zero) = ZEROS.iter().find(|z| (**z..**z + 10).contains(&code)) {
        return Some((code - zero) as u8);
    }
    match code {
        0x1d7f6..=0x1d7ff => Some((code - 0x1d7f6) as u8),
        // Raised 2 and 3 are units (m², m³), not digits.
        0x2460..=0x2468 => Some((code - 0x2460 + 1) as u8),
        0x2776..=0x277e => Some((code - 0x2776 + 1) as u8),
        0x24ea => Some(0),
        0x2080..=0x2089 => Some((code - 0x2080) as u8),
        _ => None,
    }
}

/// `char::is_alphabetic`, quick for the letters of Vietnamese.
pub(super) fn is_letter(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_alphabetic(),
        '×' | '÷' => false,
        '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => true,
        _ => c.is_alphabetic(),
    }
}

pub(super) fn is_zero_like(c: char) -> bool {
    matches!(c, 'o' | 'O' | 'О' | 'о')
}

pub(super) fn is_one_like(c: char) -> bool {
    matches!(c, 'l' | 'I' | '|')
}

/// No width of its own: joiners, soft hyphens, the box around an emoji digit.
pub(super) fn is_filler(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{fe0f}' | '\u{20e3}' | '\u{34f}')
}

/// Whether a word can be a spelled digit by its first and last letter; most words are none and are seen no closer.
fn may_be_spelled(word: &str) -> bool {
    let mut letters = word.chars();
    let (Some(first), last) = (letters.next(), letters.next_back()) else { return false };
    // Kelvin's sign has a small k as its small letter.
    let first = if first == '\u{212a}' { 'k' } else { first.to_ascii_lowercase() };
    match last {
        Some('ư' | 'Ư') => first == 't',
        Some(last) if last.is_ascii() => matches!(
            (first, last.to_ascii_lowercase()),
            ('k' | 'h', 'g')
                | ('z', 'o')
                | ('m', 't')
                | ('o' | 'f' | 'n', 'e')
                | ('h', 'i')
                | ('t', 'o' | 'e' | 'u' | 'm')
                | ('b', 'a' | 'n' | 'y')
                | ('f', 'r')
                | ('n' | 'l', 'm')
                | ('s', 'u' | 'x' | 'n')
                | ('e', 't')
                | ('c', 'n')
        ),
        Some(last) => is_filler(last),
        None => false,
    }
}

/// Digits as people spell them, with marks or without, North and South.
pub(super) fn spelled(word: &str) -> Option<u8> {
    const LONGEST: usize = 12;
    if word.len() > LONGEST || !may_be_spelled(word) {
        return None;
    }
    // On the stack: every word of every public text passes here. A small letter takes at most three times its capital's bytes.
    let mut small = [0u8; 3 * LONGEST];
    let mut len = 0;
    for c in word.chars().filter(|c| !is_filler(*c)).flat_map(char::to_lowercase) {
        let end = len + c.len_utf8();
        c.encode_utf8(small.get_mut(len..end)?);
        len = end;
    }
    Some(match std::str::from_utf8(&small[..len]).ok()? {
        "không" | "khong" | "hông" | "zero" | "khg" | "kông" => 0,
        "một" | "mot" | "mốt" | "one" => 1,
        "hai" | "two" => 2,
        "ba" | "three" => 3,
        "bốn" | "bon" | "tư" | "tu" | "four" => 4,
        "năm" | "nam" | "lăm" | "lam" | "nhăm" | "five" => 5,
        "sáu" | "sau" | "six" => 6,
        "bảy" | "bay" | "bẩy" | "seven" => 7,
        "tám" | "tam" | "eight" => 8,
        "chín" | "chin" | "nine" => 9,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r10_every_spelled_digit_is_one_in_any_capitals_and_with_what_has_no_width() {
        let digits: [&[&str]; 10] = [
            &["không", "khong", "hông", "zero", "khg", "kông"],
            &["một", "mot", "mốt", "one"],
            &["hai", "two"],
            &["ba", "three"],
            &["bốn", "bon", "tư", "tu", "four"],
            &["năm", "nam", "lăm", "lam", "nhăm", "five"],
            &["sáu", "sau", "six"],
            &["bảy", "bay", "bẩy", "seven"],
            &["tám", "tam", "eight"],
            &["chín", "chin", "nine"],
        ];
        for (digit, words) in digits.iter().enumerate() {
            for word in *words {
                let (first, rest) = word.split_at(1);
                let title = format!("{}{rest}", first.to_uppercase());
                let inside = format!("{first}\u{200b}{rest}");
                let behind = format!("{word}\u{ad}");
                for form in [(*word).to_owned(), word.to_uppercase(), title, inside, behind] {
                    assert_eq!(spelled(&form), Some(digit as u8), "{form:?}");
                }
            }
        }
        assert_eq!(spelled("\u{212a}hông"), Some(0));
        for word in ["", "k", "đường", "ổ", "t", "ư", "chính", "nămm", "bà"] {
            assert_eq!(spelled(word), None, "{word}");
        }
    }

    #[test]
    fn letters_and_digits_are_those_of_unicode() {
        for c in ('\0'..=char::MAX).filter(|c| u32::from(*c) < 0x3_0000) {
            assert_eq!(is_letter(c), c.is_alphabetic(), "{c:?}");
            assert!(digit(c).is_none() || c.is_numeric(), "{c:?}");
        }
        for (c, n) in [('7', 7), ('٣', 3), ('７', 7), ('𝟗', 9), ('①', 1), ('⓪', 0), ('₄', 4)] {
            assert_eq!(digit(c), Some(n));
        }
    }
}
