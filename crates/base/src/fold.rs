//! Text folding for search and the Vietnamese alphabet's order for lists.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// What is typed and what is stored meet here: lower case, no marks, đ → d, everything that is not a letter or a digit
/// becomes one space, trimmed. `"Xã Hoà  Trạch,"` → `"xa hoa trach"`. Folding twice changes nothing.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd().flat_map(char::to_lowercase).nfkd() {
        let c = match c {
            // No decomposition exists for these: their bar is part of the letter.
            'đ' | 'ð' => 'd',
            'ł' => 'l',
            'ø' => 'o',
            c => c,
        };
        if is_combining_mark(c) || is_filler(c) {
            continue;
        }
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// A sort key in the order of the Vietnamese alphabet (a ă â b c d đ e ê … o ô ơ … u ư …); tones count only between words
/// that are otherwise equal (ngang, huyền, hỏi, ngã, sắc, nặng), and numbers sort by value. Where the tone mark stands in
/// its syllable does not matter: Hóa and Hoá sort as one. Compare keys as plain strings.
pub fn vi_sort_key(text: &str) -> String {
    let mut letters = String::with_capacity(text.len() * 2);
    let mut tones = String::new();
    let mut digits = String::new();
    let mut tone = '0';
    for word in text.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c) && !is_filler(c)) {
        if word.is_empty() {
            continue;
        }
        if !letters.is_empty() {
            letters.push(' ');
        }
        for c in word.nfkd().flat_map(char::to_lowercase).nfkd() {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            push_number(&mut letters, &mut digits);
            match c {
                'đ' => letters.push_str("d1"),
                '\u{0306}' => set_variant(&mut letters, '-'), // ă
                '\u{0302}' => set_variant(&mut letters, 'a'), // ê ô, and â after ă
                '\u{031b}' => set_variant(&mut letters, 'o'), // ư, and ơ after ô
                '\u{0300}' => tone = '1',
                '\u{0309}' => tone = '2',
                '\u{0303}' => tone = '3',
                '\u{0301}' => tone = '4',
                '\u{0323}' => tone = '5',
                c if is_combining_mark(c) || is_filler(c) => {}
                c => letters.extend([c, '0']),
            }
        }
        push_number(&mut letters, &mut digits);
        tones.push(tone);
        tone = '0';
    }
    format!("{letters}\u{1}{tones}\u{1}{text}")
}

/// Digits sort by value: their count goes before them, leading zeros do not count.
fn push_number(letters: &mut String, digits: &mut String) {
    if digits.is_empty() {
        return;
    }
    let value = digits.trim_start_matches('0');
    letters.push('0');
    letters.push(char::from_u32(0x100 + value.len() as u32).unwrap_or('\u{fff}'));
    letters.push_str(value);
    digits.clear();
}

/// The plain letter just written becomes its ă/â/ê/ô/ơ/ư form; the second form of `second`, else the first.
fn set_variant(letters: &mut String, second: char) {
    if letters.ends_with('0') {
        letters.pop();
        let form = if letters.ends_with(second) { '2' } else { '1' };
        letters.push(form);
    }
}

/// Characters without a width of their own, which copied text brings along inside words.
fn is_filler(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn vietnamese_folds_to_what_people_type_without_marks() {
        assert_eq!(fold("  Xã Hoà  Trạch, "), "xa hoa trach");
        assert_eq!(fold("ĐẮK RÔNG–Đakrông"), "dak rong dakrong");
        assert_eq!(fold("Ổ gà, ngập Ướt ở ngã tư"), "o ga ngap uot o nga tu");
        assert_eq!(fold("Phường 1 (thị xã)"), "phuong 1 thi xa");
        assert_eq!(fold(""), "");
        assert_eq!(fold("!!! … "), "");
    }

    #[test]
    fn the_spelling_of_tone_marks_and_of_unicode_does_not_matter() {
        for (a, b) in
            [("Hóa", "Hoá"), ("Thủy", "Thuỷ"), ("Đưo\u{031b}\u{0300}ng", "Đường"), ("Lệ\u{200b}Ninh", "LệNinh")]
        {
            assert_eq!(fold(a), fold(b), "{a} {b}");
        }
    }

    #[test]
    fn lists_follow_the_vietnamese_alphabet() {
        let sorted = "A Dơi,Ái Tử,Ăn,Ân,Bà,Bả,Bã,Bá,Bạ,Ba Đồn,Bă,Cồn Cỏ,Dân Hóa,Đakrông,Đông Hà,Đồng Hới,Eo,Êm,Hòa An,On,Ông,Ơn,\
                      Phường 2,Phường 10,Tân Mỹ,Uy,Ưu";
        let sorted: Vec<&str> = sorted.split(',').collect();
        let mut shuffled = sorted.clone();
        shuffled.reverse();
        shuffled.sort_by_key(|name| vi_sort_key(name));
        assert_eq!(shuffled, sorted);
        let letters = |name: &str| vi_sort_key(name).split('\u{1}').take(2).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(letters("Minh Hóa"), letters("Minh Hoá"));
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,60}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn folded_text_has_no_marks_capitals_or_punctuation(text in "[a-zA-ZàÀăĂẮắđĐêƯ ,.;:!?()0-9\u{300}\u{301}-]{0,60}") {
            prop_assert!(fold(&text).chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == ' '));
        }

        #[test]
        fn composed_and_decomposed_text_fold_and_sort_alike(text in "[a-zA-ZàạắẰộƯờđĐêếỹỷ ]{0,40}") {
            let decomposed: String = text.nfd().collect();
            prop_assert_eq!(fold(&text), fold(&decomposed));
            let head = |t: &str| vi_sort_key(t).rsplit_once('\u{1}').map(|(head, _)| head.to_owned());
            prop_assert_eq!(head(&text), head(&decomposed));
        }
    }
}
