//! Rows of digits in all the ways people write them: together, in groups, spelled, in other alphabets' digits, with O for 0.

use super::{
    Kind, Place, Writer,
    digits::{digit, is_filler, is_letter, is_one_like, is_zero_like, spelled},
};
use base::{code::Code, fold::fold};

/// Digits that stand together, or one that is spelled.
#[derive(Debug, Clone)]
struct Group {
    start: usize,
    end: usize,
    digits: String,
    spelled: bool,
}

/// Fewer digits than this are no number of a person.
const LEAST: usize = 7;
/// Fewer than this are not even a number that everybody may know: those that a pack names have three at least.
const LEAST_KEPT: usize = 3;
/// From so many digits on a row without gaps is hidden whatever it is: no house number, year or distance is so long.
const LONG: usize = 9;
/// More digits than this are looked at in parts.
const MOST: usize = 19;

/// Whether a text has a row of digits long enough to be a number of somebody: exactly what `groups` takes for digits, and nothing
/// but words that are no digits parts two rows. Most texts have none, and need no closer look.
pub(super) fn may_have_row(text: &str) -> bool {
    let mut rest = text.char_indices().peekable();
    let (mut row, mut is_inside) = (0, false);
    while let Some((at, c)) = rest.next() {
        let next = rest.peek().map(|(_, c)| *c);
        let before_digit = next.is_some_and(|n| digit(n).is_some());
        let is_zero = is_zero_like(c)
            && (before_digit
                || (is_inside && (next.is_some_and(is_zero_like) || !next.is_some_and(char::is_alphanumeric))));
        if digit(c).is_some() || is_zero || (is_inside && before_digit && is_one_like(c)) {
            (row, is_inside) = (row + 1, true);
        } else if is_letter(c) {
            let mut end = at + c.len_utf8();
            while let Some((at, c)) = rest.next_if(|(_, c)| is_letter(*c) || is_filler(*c)) {
                end = at + c.len_utf8();
            }
            (row, is_inside) = (if spelled(&text[at..end]).is_some() { row + 1 } else { 0 }, false);
        } else if !is_filler(c) {
            is_inside = false;
        }
        if row >= LEAST {
            return true;
        }
    }
    false
}

pub(super) fn numbers(text: &str, keep: &[String], writer: Writer, found: &mut Vec<Place>) {
    let groups = groups(text);
    // Places and groups both stand in order: one walk.
    let mut places = found.iter().peekable();
    let mut reach = 0;
    let mut is_free = |g: &Group| {
        while let Some(place) = places.next_if(|p| p.start < g.end) {
            reach = reach.max(place.end);
        }
        g.start >= reach
    };
    let groups: Vec<Group> = groups.into_iter().filter(|g| is_free(g)).collect();
    let dates = dates(text, &groups);
    let mut barriers: Vec<usize> = found.iter().map(|p| p.end).collect();
    barriers.sort_unstable();
    let mut out: Vec<Place> = Vec::new();
    let mut from = 0;
    while from < groups.len() {
        // The longest row that begins here and is broken by nothing. It ends at `MOST` digits: texts of thousands of single
        // digits must not cost more than others.
        let (mut to, mut count) = (from + 1, groups[from].digits.len());
        while let Some(next) = groups.get(to) {
            count += next.digits.len();
            if count > MOST || dates[to] || dates[to - 1] || !joins(&groups[to - 1], next, text) {
                break;
            }
            to += 1;
        }
        let whole = Row { text, groups: &groups[from..to] };
        if dates[from] || whole.count() < LEAST_KEPT {
            from += 1;
            continue;
        }
        let start = whole.start();
        let barrier = barriers[..barriers.partition_point(|b| *b <= start)].last().copied().unwrap_or(0);
        let before = Row::before(text, barrier.max(out.last().map_or(0, |p| p.end)), start);
        let mut next = from + 1;
        for end in (from + 1..=to).rev() {
            let row = Row { text, groups: &groups[from..end] };
            match row.judge(&before, keep, writer) {
                Verdict::Hide(kind) => {
                    out.push(Place { start: row.start_with_plus(), end: row.end(), kind });
                    next = end;
                    break;
                }
                Verdict::Keep => {
                    next = end;
                    break;
                }
                Verdict::Shorter => {}
            }
        }
        from = next;
    }
    found.extend(out);
}

enum Verdict {
    Hide(Kind),
    /// Everybody may know it, as a whole.
    Keep,
    /// Not as it stands; maybe a part of it.
    Shorter,
}

/// Neighbouring groups, taken as one number.
struct Row<'t> {
    text: &'t str,
    groups: &'t [Group],
}

impl<'t> Row<'t> {
    fn start(&self) -> usize {
        self.groups[0].start
    }

    fn end(&self) -> usize {
        self.groups[self.groups.len() - 1].end
    }

    /// With the `+` or `(` that belongs to it.
    fn start_with_plus(&self) -> usize {
        let before = self.text[..self.start()].trim_end_matches(['(', '+']);
        if self.start() - before.len() <= 2 { before.len() } else { self.start() }
    }

    fn has_plus(&self) -> bool {
        self.text[self.start_with_plus()..self.start()].contains('+')
    }

    fn count(&self) -> usize {
        self.groups.iter().map(|g| g.digits.len()).sum()
    }

    fn digits(&self) -> String {
        self.groups.iter().map(|g| g.digits.as_str()).collect()
    }

    fn sizes(&self) -> Vec<usize> {
        self.groups.iter().map(|g| g.digits.len()).collect()
    }

    fn gaps(&self) -> impl Iterator<Item = &'t str> {
        let text = self.text;
        self.groups.windows(2).map(move |w| &text[w[0].end..w[1].start])
    }

    /// The last words before a place, folded; nothing from before `barrier`, where something else was hidden.
    fn before(text: &str, barrier: usize, start: usize) -> String {
        let mut from = start.saturating_sub(48).max(barrier);
        while !text.is_char_boundary(from) {
            from += 1;
        }
        let near = text[from..start].rsplit(['\n', '•', ';']).next().unwrap_or_default();
        let folded = fold(near);
        let words: Vec<&str> = folded.split(' ').collect();
        format!(" {} ", words[words.len().saturating_sub(4)..].join(" "))
    }

    fn judge(&self, before: &str, keep: &[String], writer: Writer) -> Verdict {
        let digits = self.digits();
        let n = digits.len();
        if keep.contains(&digits) || is_hotline(&digits) {
            return Verdict::Keep;
        }
        if n < LEAST {
            return Verdict::Shorter;
        }
        if self.is_report_code(&digits, before) {
            return Verdict::Keep;
        }
        let said = |cues: &[&str]| says(before, cues);
        let whole = self.groups.len() == 1;
        let spelled = self.groups.iter().filter(|g| g.spelled).count();
        let loose = self.gaps().all(|gap| !gap.contains(',') || gap == "," || spelled > 1);
        let slashes = self.gaps().filter(|gap| gap.contains('/')).count();
        let slashed = slashes == 0 || (slashes == self.groups.len() - 1 && self.groups[0].digits.len() >= 3);
        if loose && slashed && !self.has_years() {
            if is_mobile(&digits)
                || (is_abroad_mobile(&digits) && (whole || self.has_plus() || !self.is_measured(before)))
            {
                return Verdict::Hide(Kind::Phone);
            }
            if is_landline(&digits) {
                return if writer == Writer::Staff { Verdict::Keep } else { Verdict::Hide(Kind::Phone) };
            }
        }
        let plain = self.gaps().all(|gap| gap.chars().all(|c| matches!(c, ' ' | '.' | '-' | '–' | '\u{a0}')));
        if plain && is_personal_number(&digits) {
            return Verdict::Hide(Kind::Id);
        }
        if self.is_measured(before) {
            // Of several numbers only the last one is measured: «0912345678, 200000 đồng».
            return if self.holds_somebody() { Verdict::Shorter } else { Verdict::Keep };
        }
        if self.has_plus() && (8..=15).contains(&n) && !self.is_amount() {
            return Verdict::Hide(Kind::Phone);
        }
        if plain && is_card_shape(&self.sizes()) && is_luhn(&digits) && !self.has_years() {
            return Verdict::Hide(Kind::Card);
        }
        if plain && n <= MOST {
            let phone = matches!(digits.as_bytes()[0], b'3' | b'5' | b'7' | b'8' | b'9') || !(9..=11).contains(&n);
            if said(&PHONE_CUES) && n <= 15 && phone && !self.has_years() {
                return Verdict::Hide(Kind::Phone);
            }
            if said(&ID_CUES) && n <= 12 && !self.has_years() {
                return Verdict::Hide(Kind::Id);
            }
            if said(&BANK_CUES) && n >= 8 && !self.is_amount() {
                return Verdict::Hide(Kind::Card);
            }
        }
        if (whole || spelled == self.groups.len()) && n >= LONG {
            let kind = match n {
                9 | 12 => Kind::Id,
                13..=19 if is_luhn(&digits) => Kind::Card,
                _ => Kind::Number,
            };
            return if ends_round(&digits) { Verdict::Keep } else { Verdict::Hide(kind) };
        }
        Verdict::Shorter
    }

    /// Whether a part of the row is a number of somebody for itself: long and not round, or a phone or personal number in groups.
    fn holds_somebody(&self) -> bool {
        let is_one = |from: usize, to: usize| {
            let row = Row { text: self.text, groups: &self.groups[from..to] };
            let digits = row.digits();
            let known = is_mobile(&digits) || is_landline(&digits) || is_personal_number(&digits);
            let close = row.gaps().all(|gap| gap.chars().count() == 1 && gap != ",");
            (to - from == 1 && digits.len() >= LONG && !ends_round(&digits)) || (known && close && !row.is_amount())
        };
        let n = self.groups.len();
        n > 1 && (0..n).any(|from| (from + 1..=n).any(|to| is_one(from, to)))
    }

    /// `1.250.000`: groups of three after a first one that is no zero.
    fn is_amount(&self) -> bool {
        let sizes = self.sizes();
        let gaps: Vec<&str> = self.gaps().collect();
        sizes.len() > 1
            && sizes[0] <= 3
            && !self.groups[0].digits.starts_with('0')
            && sizes[1..].iter().all(|n| *n == 3)
            && gaps.windows(2).all(|w| w[0] == w[1])
            && matches!(gaps[0], "." | "," | " ")
    }

    /// Only years, or a day and months with years: `2024 - 2025 - 2026`. `09 2012 2013` is how many write a phone.
    fn has_years(&self) -> bool {
        let year = |g: &Group| g.digits.len() == 4 && (g.digits.starts_with("19") || g.digits.starts_with("20"));
        let years = self.groups.iter().filter(|g| year(g)).count();
        let is_phone = self.sizes() == [2, 4, 4] && self.groups[0].digits.starts_with('0');
        !is_phone && years >= 2 && self.groups.iter().all(|g| year(g) || g.digits.len() <= 2)
    }

    /// A unit follows or money was spoken of: an amount, not a number of somebody.
    fn is_measured(&self, before: &str) -> bool {
        const UNITS: [&str; 39] = [
            "đồng", "đ", "dong", "vnd", "vnđ", "₫", "usd", "$", "triệu", "trieu", "tr", "tỷ", "tỉ", "ty", "nghìn",
            "nghin", "ngàn", "ngan", "k", "%", "m", "m2", "m3", "m²", "m³", "mét", "km", "km2", "kg", "tấn", "ha",
            "lít", "kwh", "kw", "người", "hộ", "cây", "ngày", "con",
        ];
        let after = self.text[self.end()..].trim_start_matches([' ', '\u{a0}', '(']);
        let word: String =
            after.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '₫' | '$' | '%')).take(8).collect();
        let word = word.to_lowercase();
        UNITS.contains(&word.as_str())
            || self.text[..self.start()].ends_with(['$', '₫'])
            || (says(before, &["gia", "tien", "phi", "von"]) && (self.is_amount() || ends_round(&self.digits())))
    }

    /// `PA-123-456-7890`, or ten digits with the right check digit right after «phản ánh» or «mã».
    fn is_report_code(&self, digits: &str, before: &str) -> bool {
        if digits.len() != 10 || Code::parse(digits).is_err() {
            return false;
        }
        let head = self.text[..self.start()].trim_end_matches(['-', ' ', '.']);
        let marked = head.len() + 3 >= self.start() && head.to_uppercase().ends_with("PA");
        marked || (names_a_code(&self.text[..self.start()]) && !says(before, &PHONE_CUES))
    }
}

/// Whether a text ends with «mã» or «phản ánh», with «số» or «là» behind it or not. Every tenth phone number or so has the right
/// check digit: the words must stand there as they are written (one «mà» is in every second sentence), in the same sentence and with
/// nothing between.
fn names_a_code(text: &str) -> bool {
    let is_cue = |word: &str| matches!(word, "mã" | "ma");
    let is_link = |word: &str| matches!(word, "số" | "so" | "là" | "la");
    let near = text.rsplit(['\n', '•', ';', ',', '.', '!', '?']).next().unwrap_or_default();
    let mut words =
        near.rsplit(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).take(4).map(str::to_lowercase);
    let Some(last) = words.by_ref().find(|w| !is_link(w)) else { return false };
    let first = words.next();
    is_cue(&last) || matches!((first.as_deref(), last.as_str()), (Some("phản"), "ánh") | (Some("phan"), "anh"))
}

const PHONE_CUES: [&str; 16] = [
    "dt",
    "sdt",
    "dthoai",
    "dien thoai",
    "di dong",
    "phone",
    "tel",
    "zalo",
    "goi",
    "alo",
    "lh",
    "lien he",
    "call",
    "viber",
    "dtdd",
    "so may",
];
const ID_CUES: [&str; 10] =
    ["cmnd", "cmt", "cmtnd", "cccd", "can cuoc", "chung minh", "chung minh thu", "dinh danh", "ho chieu", "passport"];
const BANK_CUES: [&str; 9] =
    ["stk", "so tk", "tai khoan", "so the", "the ngan hang", "visa", "mastercard", "napas", "atm"];

/// Whether one of these words stands among the last ones before a number.
fn says(before: &str, cues: &[&str]) -> bool {
    cues.iter().any(|cue| {
        before
            .match_indices(cue)
            .any(|(at, _)| before[..at].ends_with(' ') && before[at + cue.len()..].starts_with(' '))
    })
}

/// 03, 05, 07, 08, 09 and eight digits; or 012x, 016x … as they were until 2018.
fn is_mobile(d: &str) -> bool {
    let b = d.as_bytes();
    match d.len() {
        10 => b[0] == b'0' && matches!(b[1], b'3' | b'5' | b'7' | b'8' | b'9'),
        11 => d.starts_with("012") || d.starts_with("016") || d.starts_with("018") || d.starts_with("019"),
        _ => false,
    }
}

/// 84 before it, with or without the zero that does not belong there.
fn is_abroad_mobile(d: &str) -> bool {
    let rest = d.strip_prefix("00").unwrap_or(d);
    let Some(rest) = rest.strip_prefix("84") else { return false };
    let rest = rest.strip_prefix('0').unwrap_or(rest);
    (rest.len() == 9 && matches!(rest.as_bytes()[0], b'3' | b'5' | b'7' | b'8' | b'9'))
        || (rest.len() == 10 && rest.starts_with('2') && d.starts_with("84"))
}

fn is_landline(d: &str) -> bool {
    matches!(d.len(), 10 | 11) && d.starts_with("02")
}

/// 1900 … and 1800 …: numbers that are there to be called by everybody.
fn is_hotline(d: &str) -> bool {
    (8..=10).contains(&d.len()) && (d.starts_with("1900") || d.starts_with("1800"))
}

/// Twelve digits: province 001–096, then century and sex 0–3 (Circular 59/2021/TT-BCA).
fn is_personal_number(d: &str) -> bool {
    d.len() == 12 && d.starts_with('0') && (1..=96).contains(&d[..3].parse().unwrap_or(0)) && d.as_bytes()[3] <= b'3'
}

/// Thirteen to nineteen digits together or in the groups that stand on cards.
fn is_card_shape(sizes: &[usize]) -> bool {
    let n: usize = sizes.iter().sum();
    let fours = sizes.len() >= 4 && sizes[..sizes.len() - 1].iter().all(|s| *s == 4) && sizes[sizes.len() - 1] <= 4;
    (13..=19).contains(&n)
        && (sizes.len() == 1 || fours || matches!(sizes, [4, 6, 5] | [4, 6, 4] | [6, 10] | [8, 8] | [6, 6, 7]))
}

fn is_luhn(d: &str) -> bool {
    let sum: u32 = d
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let n = u32::from(b - b'0') * (1 + (i as u32 % 2));
            if n > 9 { n - 9 } else { n }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// `150000000`: a round amount without its unit.
fn ends_round(d: &str) -> bool {
    d.ends_with("00000") && !d.starts_with('0')
}

/// Which groups are parts of a date: they end a row and begin none. What goes on before or behind with the same sign between is
/// no date: `030.2000.01.1`.
fn dates(text: &str, groups: &[Group]) -> Vec<bool> {
    let mut dates = vec![false; groups.len()];
    let number = |g: &Group| g.digits.parse::<u32>().unwrap_or(0);
    let year = |g: &Group| matches!(g.digits.len(), 4 if (1900..2100).contains(&number(g)));
    let short = |g: &Group, most: u32| g.digits.len() <= 2 && (1..=most).contains(&number(g)) && !g.spelled;
    for at in 0..groups.len() {
        let Some([a, b, c]) = groups.get(at..at + 3) else { break };
        let (one, two) = (&text[a.end..b.start], &text[b.end..c.start]);
        let same = one == two && matches!(one, "/" | "-" | ".");
        let fits = (short(a, 31) && short(b, 12) && year(c)) || (year(a) && short(b, 12) && short(c, 31));
        let goes_on = (at > 0 && text[groups[at - 1].end..a.start] == *one)
            || groups.get(at + 3).is_some_and(|next| text[c.end..next.start] == *one);
        if same && fits && !goes_on && !dates[at] {
            dates[at..at + 3].fill(true);
        }
    }
    dates
}

/// Whether two groups may belong to one number: little stands between them, and no letter.
fn joins(a: &Group, b: &Group, text: &str) -> bool {
    let gap = &text[a.end..b.start];
    let most = if a.spelled && b.spelled { 6 } else { 4 };
    gap.chars().count() <= most
        && gap.matches('\n').count() <= 1
        && gap.chars().all(|c| {
            c.is_whitespace()
                || matches!(c, '.' | ',' | '-' | '–' | '—' | '_' | '(' | ')' | '/' | '*' | '+' | '|' | '~')
        })
        && (!gap.contains('+') || gap.trim() == "+")
}

fn groups(text: &str) -> Vec<Group> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let at = |i: usize| chars.get(i).map(|(_, c)| *c);
    let end_of = |i: usize| chars.get(i).map_or(text.len(), |(b, _)| *b);
    let mut out = Vec::new();
    let mut i = 0;
    while let Some(c) = at(i) {
        let after_letter = i > 0 && at(i - 1).is_some_and(char::is_alphanumeric);
        let starts =
            digit(c).is_some() || (!after_letter && is_zero_like(c) && at(i + 1).is_some_and(|n| digit(n).is_some()));
        if starts {
            let first = i;
            let mut last = i;
            let mut digits = String::new();
            while let Some(c) = at(i) {
                let next = at(i + 1);
                let next_is_digit = next.is_some_and(|n| digit(n).is_some());
                if let Some(d) = digit(c) {
                    digits.push(char::from(b'0' + d));
                    last = i;
                } else if is_zero_like(c)
                    && (next_is_digit || next.is_some_and(is_zero_like) || !next.is_some_and(char::is_alphanumeric))
                {
                    digits.push('0');
                    last = i;
                } else if is_one_like(c) && next_is_digit && !digits.is_empty() {
                    digits.push('1');
                    last = i;
                } else if is_filler(c) {
                    last = i;
                } else {
                    break;
                }
                i += 1;
            }
            out.push(Group { start: chars[first].0, end: end_of(last + 1), digits, spelled: false });
        } else if is_letter(c) {
            let first = i;
            while at(i).is_some_and(|c| is_letter(c) || is_filler(c)) {
                i += 1;
            }
            let word = &text[chars[first].0..end_of(i)];
            if let Some(d) = spelled(word) {
                out.push(Group { start: chars[first].0, end: end_of(i), digits: d.to_string(), spelled: true });
            }
        } else {
            i += 1;
        }
    }
    lonely_words_out(out, text)
}

/// A word like «năm» or «ba» is a digit only among other digits that are spelled or stand alone.
fn lonely_words_out(groups: Vec<Group>, text: &str) -> Vec<Group> {
    let short = |g: &Group| g.spelled || g.digits.len() <= 4;
    let keep: Vec<bool> = (0..groups.len())
        .map(|i| {
            let g = &groups[i];
            let before = i > 0 && joins(&groups[i - 1], g, text) && short(&groups[i - 1]);
            let after = i + 1 < groups.len() && joins(g, &groups[i + 1], text) && short(&groups[i + 1]);
            !g.spelled || before || after
        })
        .collect();
    groups.into_iter().zip(keep).filter_map(|(g, keep)| keep.then_some(g)).collect()
}
