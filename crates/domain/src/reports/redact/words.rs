//! E-mail addresses, also those that try to look like none, and number plates.

use super::{Kind, Place, digits::digit};

/// The signs and words that people write for @.
const AT: [&str; 11] = ["@", "＠", "(at)", "[at]", "{at}", "(a)", "[@]", "(@)", " a còng ", " a móc ", " a cong "];
/// And for the dot behind it.
const DOT: [&str; 9] = [".", " . ", "(dot)", "[dot]", " dot ", " chấm ", " cham ", "。", "．"];
const ENDINGS: [&str; 8] = ["com", "vn", "net", "org", "edu", "info", "gmail", "gov"];
const PROVIDERS: [&str; 8] = ["gmail", "yahoo", "hotmail", "outlook", "icloud", "ymail", "live", "zoho"];

/// Whether one of the signs and words for @ may stand in a text, at the cost of one reading of its bytes.
pub(super) fn may_have_email(text: &str) -> bool {
    let bytes = text.as_bytes();
    let at = |i: usize| bytes.get(i).map_or(0, u8::to_ascii_lowercase);
    (0..bytes.len()).any(|i| match bytes[i] {
        b'@' => true,
        b'(' | b'[' | b'{' => at(i + 1) == b'a' || at(i + 1) == b'@',
        b' ' => at(i + 1) == b'a' && at(i + 2) == b' ' && matches!(at(i + 3), b'c' | b'm'),
        // The first byte of ＠.
        0xef => text[i..].starts_with('＠'),
        _ => false,
    })
}

/// Fewer digits than this are no plate: two of the province and four behind the letters.
const PLATE_LEAST: usize = 6;

pub(super) fn may_have_plate(text: &str) -> bool {
    text.chars().filter(|c| digit(*c).is_some()).nth(PLATE_LEAST - 1).is_some()
}

pub(super) fn emails(text: &str, found: &mut Vec<Place>) {
    // Same length in bytes, so that places fit: only ASCII letters change.
    let small = text.to_ascii_lowercase();
    for at in AT {
        for (pos, _) in small.match_indices(at) {
            let before = small[..pos].trim_end_matches(' ');
            let name = before.trim_end_matches(is_local);
            let mut end = pos + at.len();
            end += small[end..].len() - small[end..].trim_start_matches(' ').len();
            let Some((stop, domain)) = domain(&small, end) else { continue };
            let authority = domain.ends_with(".gov.vn") || domain == "gov.vn";
            if name.len() < before.len() && pos - before.len() <= 1 && !authority {
                found.push(Place { start: name.len(), end: stop, kind: Kind::Email });
            }
        }
    }
}

fn is_local(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-')
}

/// The domain that begins here: where it ends, and as it is meant.
fn domain(text: &str, start: usize) -> Option<(usize, String)> {
    let label = |at: usize| {
        let len = text[at..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(text.len() - at);
        (len > 0).then(|| at + len)
    };
    let mut end = label(start)?;
    let mut name = text[start..end].to_owned();
    let mut dotted = false;
    while let Some((dot, next)) =
        DOT.iter().filter(|d| text[end..].starts_with(**d)).find_map(|d| label(end + d.len()).map(|next| (*d, next)))
    {
        let part = &text[end + dot.len()..next];
        // A full stop before the next sentence is no dot of an address.
        let ends = !text[next..].starts_with(char::is_alphanumeric);
        if !ends
            || !part.starts_with(|c: char| c.is_ascii_alphabetic())
            || (dot.contains(' ') && !ENDINGS.contains(&part))
        {
            break;
        }
        name = format!("{name}.{part}");
        end = next;
        dotted = true;
    }
    (dotted || PROVIDERS.contains(&name.as_str())).then_some((end, name))
}

/// `74A-123.45`, `74C1 234.56`, `29LD-12345`, the old `74A-1234`.
pub(super) fn plates(text: &str, found: &mut Vec<Place>) {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let at = |i: usize| chars.get(i).map(|(_, c)| *c);
    let is_digit = |i: usize| at(i).is_some_and(|c| digit(c).is_some());
    let mut i = 0;
    while i < chars.len() {
        let alone = i == 0 || !at(i - 1).is_some_and(char::is_alphanumeric);
        if alone
            && is_digit(i)
            && is_digit(i + 1)
            && !is_digit(i + 2)
            && let Some(end) = plate(&at, &is_digit, i, &just_before(&text[..chars[i].0]))
        {
            let stop = chars.get(end).map_or(text.len(), |(b, _)| *b);
            found.push(Place { start: chars[i].0, end: stop, kind: Kind::Plate });
            i = end;
        } else {
            i += 1;
        }
    }
}

/// The last letters before a place, small: enough for the longest word that names a plate.
fn just_before(text: &str) -> String {
    let text = text.trim_end();
    let from = text.char_indices().rev().nth(11).map_or(0, |(at, _)| at);
    text[from..].to_lowercase()
}

fn plate(
    at: &impl Fn(usize) -> Option<char>,
    is_digit: &impl Fn(usize) -> bool,
    start: usize,
    before: &str,
) -> Option<usize> {
    let named = ["xe", "số", "biển", "bks", "bs", "kiểm soát", ":", "bien so"].iter().any(|cue| before.ends_with(cue));
    let mut i = start + 2;
    if matches!(at(i), Some('-' | ' ')) && at(i + 1).is_some_and(|c| c.is_ascii_uppercase()) {
        i += 1;
    }
    let series = |c: char| c.is_ascii_uppercase() || c == 'Đ' || (named && (c.is_ascii_lowercase() || c == 'đ'));
    let letters = (0..2).take_while(|n| at(i + n).is_some_and(series)).count();
    if letters == 0 {
        return None;
    }
    i += letters;
    let mut gap = 0;
    // The digit of a motorbike's series.
    if is_digit(i) && matches!(at(i + 1), Some('-' | ' ' | '.')) {
        i += 1;
    }
    while gap < 3 && matches!(at(i), Some('-' | ' ' | '.')) {
        (i, gap) = (i + 1, gap + 1);
    }
    let run = |from: usize| (0..7).take_while(|n| is_digit(from + n)).count();
    let first = run(i);
    let (len, count) = match (first, at(i + 3), run(i + 4)) {
        (3, Some('.' | ' ' | '-'), 2) => (6, 5),
        _ => (first, first),
    };
    // A motorbike's series digit may stand right before: 74C112345.
    let fits = count == 5
        || (count == 6 && gap == 0)
        || (count == 4 && (gap > 0 && named || gap == 1 && at(i - 1) == Some('-')));
    let end = i + len;
    (fits && !at(end).is_some_and(char::is_alphanumeric)).then_some(end)
}
