//! What the QR code of an identity card says (thẻ Căn cước công dân since 2021: seven fields; thẻ Căn cước since 2024: eleven).
//! It is plain text that nobody signed: who shows it has seen the card, and no more. Source: facts A.1–A.3; A7.

use crate::{
    personal_number::{BadNumber, PersonalNumber, Sex},
    text,
};
use jiff::civil::Date;
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// Bytes of a card's code at most; those that were seen have about 200.
pub const MOST_BYTES: usize = 1024;
const SEVEN: usize = 7;
const ELEVEN: usize = 11;
/// Letters of a name and of an address at most.
const LONGEST_NAME: usize = 100;
const LONGEST_PLACE: usize = 300;

/// Which of the two cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Thẻ Căn cước công dân with a chip, 2021–2024: the code is on the front.
    Cccd,
    /// Thẻ Căn cước, since July 2024: the code is on the back.
    CanCuoc,
}

/// What a card says of its holder. The old number and what stands after the date of issue (other persons, by the draft of Circular
/// 16/2024) are not carried over. `Debug` hides all of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    pub number: PersonalNumber,
    /// NFC, one line.
    pub full_name: String,
    pub birth: Birth,
    pub sex: Sex,
    /// As printed; empty where it was not said.
    pub residence: String,
    pub issued: Date,
    /// `None`: typed by hand.
    pub layout: Option<Layout>,
}

/// A date of birth, or the year alone: older people are registered so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Birth {
    Day(Date),
    Year(i16),
}

impl Birth {
    pub fn year(self) -> i16 {
        match self {
            Self::Day(day) => day.year(),
            Self::Year(year) => year,
        }
    }

    /// `1989-03-21` or `1989`, as facts are kept and the registry is asked.
    pub fn iso(self) -> String {
        match self {
            Self::Day(day) => day.to_string(),
            Self::Year(year) => format!("{year:04}"),
        }
    }

    /// `21/03/1989` or `1989`, as people write it.
    pub fn shown(self) -> String {
        match self {
            Self::Day(day) => day.strftime("%d/%m/%Y").to_string(),
            Self::Year(year) => format!("{year:04}"),
        }
    }
}

/// Why a text is not believed; each has its own words (`card-…`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCard {
    /// Another QR code: a shop's, a ticket's.
    #[error("card-not-a-card")]
    NotACard,
    /// It begins like a card's and then ends.
    #[error("card-cut")]
    Cut,
    /// No such number can exist.
    #[error("card-number")]
    Number,
    /// Nine digits: the card before 2016.
    #[error("card-number-old")]
    OldNumber,
    #[error("card-name")]
    Name,
    /// No day of any calendar.
    #[error("card-birth")]
    Birth,
    #[error("card-birth-future")]
    BirthFuture,
    /// Neither «Nam» nor «Nữ».
    #[error("card-sex")]
    Sex,
    #[error("card-issued")]
    Issued,
    /// Issued tomorrow, or before the holder was born.
    #[error("card-issued-impossible")]
    IssuedImpossible,
    /// The number says another year of birth than the card.
    #[error("card-year-differs")]
    YearDiffers,
    /// The number says the other sex than the card.
    #[error("card-sex-differs")]
    SexDiffers,
}

impl BadCard {
    pub const ALL: [Self; 12] = [
        Self::NotACard,
        Self::Cut,
        Self::Number,
        Self::OldNumber,
        Self::Name,
        Self::Birth,
        Self::BirthFuture,
        Self::Sex,
        Self::Issued,
        Self::IssuedImpossible,
        Self::YearDiffers,
        Self::SexDiffers,
    ];

    /// The text key of the sentence.
    pub fn key(self) -> &'static str {
        match self {
            Self::NotACard => "card-not-a-card",
            Self::Cut => "card-cut",
            Self::Number => "card-number",
            Self::OldNumber => "card-number-old",
            Self::Name => "card-name",
            Self::Birth => "card-birth",
            Self::BirthFuture => "card-birth-future",
            Self::Sex => "card-sex",
            Self::Issued => "card-issued",
            Self::IssuedImpossible => "card-issued-impossible",
            Self::YearDiffers => "card-year-differs",
            Self::SexDiffers => "card-sex-differs",
        }
    }
}

/// What somebody typed from the card in hand, where no code can be read.
#[derive(Clone, Copy)]
pub struct Typed<'a> {
    pub number: &'a str,
    pub full_name: &'a str,
    /// `21/03/1989`, `21-3-1989`, `21031989`, or the year alone.
    pub birth: &'a str,
    /// `male`, `female`
    pub sex: &'a str,
    pub issued: &'a str,
}

impl Card {
    /// Reads the text of a code. What is not a card at all is told from a card that is cut off or contradicts itself.
    pub fn parse(said: &str, today: Date) -> Result<Self, BadCard> {
        if said.len() > MOST_BYTES {
            return Err(BadCard::NotACard);
        }
        let said = said.trim_matches(['\u{feff}', ' ', '\r', '\n', '\0']);
        let fields: Vec<&str> = said.split('|').collect();
        let looks_like_a_card = fields[0].len() == 12 && fields[0].bytes().all(|b| b.is_ascii_digit());
        // A card begins with its number; a code that was cut may end within it.
        if !looks_like_a_card || said.contains(['\n', '\r', '\t', '\0']) {
            return Err(BadCard::NotACard);
        }
        let layout = match fields.len() {
            0..SEVEN => return Err(BadCard::Cut),
            SEVEN => Layout::Cccd,
            8..ELEVEN => return Err(BadCard::Cut),
            ELEVEN => Layout::CanCuoc,
            _ => return Err(BadCard::NotACard),
        };
        let &[number, old, name, birth, sex, residence, issued, ..] = fields.as_slice() else {
            return Err(BadCard::Cut);
        };
        if !(old.is_empty() || matches!(old.len(), 9 | 12) && old.bytes().all(|b| b.is_ascii_digit())) {
            return Err(BadCard::NotACard);
        }
        let sex = match sex.trim().nfc().collect::<String>().to_lowercase().as_str() {
            "nam" => Sex::Male,
            "nữ" => Sex::Female,
            _ => return Err(BadCard::Sex),
        };
        let residence = text::one_line(residence);
        if residence.chars().count() > LONGEST_PLACE {
            return Err(BadCard::NotACard);
        }
        let issued = match issued.len() {
            8 => eight_digits(issued).and_then(day).ok_or(BadCard::Issued)?,
            0..8 => return Err(BadCard::Cut),
            _ => return Err(BadCard::Issued),
        };
        let birth = eight_digits(birth).and_then(day_or_year).ok_or(BadCard::Birth)?;
        let number = number_of(number)?;
        Self { number, full_name: name_of(name)?, birth, sex, residence, issued, layout: Some(layout) }
            .consistent(today)
    }

    /// Reads typed fields. Errors: every field that is wrong, by its name (`number`, `full_name`, `birth`, `sex`, `issued`).
    pub fn typed(said: Typed, today: Date) -> Result<Self, Vec<(&'static str, BadCard)>> {
        let mut wrong = Vec::new();
        let mut take = |field, bad| wrong.push((field, bad));
        let number = number_of(said.number).map_err(|bad| take("number", bad)).ok();
        let full_name = name_of(said.full_name).map_err(|bad| take("full_name", bad)).ok();
        let birth =
            digits_of_date(said.birth).and_then(|d| if d.len() == 4 { year(&d) } else { day_or_year(numbers(&d)?) });
        if birth.is_none() {
            take("birth", BadCard::Birth);
        }
        let sex = match said.sex {
            "male" => Some(Sex::Male),
            "female" => Some(Sex::Female),
            _ => None,
        };
        if sex.is_none() {
            take("sex", BadCard::Sex);
        }
        let issued = digits_of_date(said.issued).filter(|d| d.len() == 8).and_then(|d| day(numbers(&d)?));
        if issued.is_none() {
            take("issued", BadCard::Issued);
        }
        let (Some(number), Some(full_name), Some(birth), Some(sex), Some(issued)) =
            (number, full_name, birth, sex, issued)
        else {
            return Err(wrong);
        };
        let card = Self { number, full_name, birth, sex, residence: String::new(), issued, layout: None };
        card.consistent(today).map_err(|bad| {
            let field = match bad {
                BadCard::IssuedImpossible | BadCard::Issued => "issued",
                BadCard::SexDiffers | BadCard::Sex => "sex",
                BadCard::Birth | BadCard::BirthFuture => "birth",
                _ => "number",
            };
            vec![(field, bad)]
        })
    }

    fn consistent(self, today: Date) -> Result<Self, BadCard> {
        let born = match self.birth {
            Birth::Day(day) => day,
            Birth::Year(year) => Date::new(year, 1, 1).map_err(|_| BadCard::Birth)?,
        };
        if born > today {
            return Err(BadCard::BirthFuture);
        }
        if self.number.birth_year() != self.birth.year() {
            return Err(BadCard::YearDiffers);
        }
        if self.number.sex() != self.sex {
            return Err(BadCard::SexDiffers);
        }
        if self.issued > today || self.issued < born {
            return Err(BadCard::IssuedImpossible);
        }
        Ok(self)
    }

    /// The card as a code of seven fields says it, to be sealed between two pages: without the older number.
    pub fn written(&self) -> String {
        let birth = match self.birth {
            Birth::Day(day) => day.strftime("%d%m%Y").to_string(),
            Birth::Year(year) => format!("0000{year:04}"),
        };
        let sex = match self.sex {
            Sex::Male => "Nam",
            Sex::Female => "Nữ",
        };
        let (number, name, residence) = (self.number.expose(), &self.full_name, &self.residence);
        format!("{number}||{name}|{birth}|{sex}|{residence}|{}", self.issued.strftime("%d%m%Y"))
    }

    /// The first three digits are no province of the list by which numbers were given. Foreign places have codes, too, which are in no
    /// public list: a reason to look twice, none to refuse.
    pub fn from_unlisted_place(&self) -> bool {
        place_of_number(&self.number).is_none()
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Card({:?})", self.layout)
    }
}

impl fmt::Debug for Typed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(…)")
    }
}

fn number_of(said: &str) -> Result<PersonalNumber, BadCard> {
    PersonalNumber::parse(said).map_err(|bad| match bad {
        BadNumber::Old => BadCard::OldNumber,
        BadNumber::Empty | BadNumber::Invalid => BadCard::Number,
    })
}

/// Letters, marks, spaces and what stands in names of minorities and foreigners; at least two letters.
fn name_of(said: &str) -> Result<String, BadCard> {
    if said.len() > LONGEST_NAME * 4 {
        return Err(BadCard::Name);
    }
    let name = text::one_line(said);
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let plain = name.chars().all(|c| is_name_letter(c) || matches!(c, ' ' | '-' | '\'' | '’' | '.'));
    if letters >= 2 && plain && name.chars().count() <= LONGEST_NAME { Ok(name) } else { Err(BadCard::Name) }
}

/// Latin letters alone: a Cyrillic «А» would pass for ours on the page and match no register.
fn is_name_letter(c: char) -> bool {
    match u32::from(c) {
        0x41..=0x24F | 0x1E00..=0x1EFF => c.is_alphabetic(),
        // Marks for which there is no letter in one piece, in names of Bru – Vân Kiều and Ba Na.
        code => matches!(code, 0x300..=0x36F),
    }
}

/// Day, month, year as digits.
type Parts = (i8, i8, i16);

fn eight_digits(said: &str) -> Option<Parts> {
    if said.len() == 8 { numbers(said) } else { None }
}

fn numbers(digits: &str) -> Option<Parts> {
    if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((digits[..2].parse().ok()?, digits[2..4].parse().ok()?, digits[4..].parse().ok()?))
}

fn day((day, month, year): Parts) -> Option<Date> {
    if year < 1900 {
        return None;
    }
    Date::new(year, month, day).ok()
}

fn day_or_year(parts: Parts) -> Option<Birth> {
    match parts {
        (0, 0, year @ 1900..) => Some(Birth::Year(year)),
        parts => day(parts).map(Birth::Day),
    }
}

fn year(digits: &str) -> Option<Birth> {
    digits.parse().ok().filter(|y| *y >= 1900).map(Birth::Year)
}

/// `21/3/1989` → `21031989`; the year alone stays four digits.
fn digits_of_date(said: &str) -> Option<String> {
    let said = said.trim();
    if said.len() > 20 {
        return None;
    }
    let parts: Vec<&str> = said.split(['/', '-', '.', ' ']).filter(|p| !p.is_empty()).collect();
    if !parts.iter().all(|p| p.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    match parts[..] {
        [one] if matches!(one.len(), 4 | 8) => Some(one.to_owned()),
        [day, month, year] if day.len() <= 2 && month.len() <= 2 && year.len() == 4 => {
            Some(format!("{day:0>2}{month:0>2}{year}"))
        }
        // As a date field of a browser sends it.
        [year, month, day] if day.len() == 2 && month.len() == 2 && year.len() == 4 => {
            Some(format!("{day}{month}{year}"))
        }
        _ => None,
    }
}

/// The 63 provinces by which numbers were given until July 2025 (Circular 07/2016/TT-BCA, appendix 1). Never put the names of the 34
/// provinces of today beside these codes: 15 was Yên Bái and is Lào Cai.
const PLACES: [(u8, &str); 63] = [
    (1, "Hà Nội"),
    (2, "Hà Giang"),
    (4, "Cao Bằng"),
    (6, "Bắc Kạn"),
    (8, "Tuyên Quang"),
    (10, "Lào Cai"),
    (11, "Điện Biên"),
    (12, "Lai Châu"),
    (14, "Sơn La"),
    (15, "Yên Bái"),
    (17, "Hòa Bình"),
    (19, "Thái Nguyên"),
    (20, "Lạng Sơn"),
    (22, "Quảng Ninh"),
    (24, "Bắc Giang"),
    (25, "Phú Thọ"),
    (26, "Vĩnh Phúc"),
    (27, "Bắc Ninh"),
    (30, "Hải Dương"),
    (31, "Hải Phòng"),
    (33, "Hưng Yên"),
    (34, "Thái Bình"),
    (35, "Hà Nam"),
    (36, "Nam Định"),
    (37, "Ninh Bình"),
    (38, "Thanh Hóa"),
    (40, "Nghệ An"),
    (42, "Hà Tĩnh"),
    (44, "Quảng Bình"),
    (45, "Quảng Trị"),
    (46, "Thừa Thiên Huế"),
    (48, "Đà Nẵng"),
    (49, "Quảng Nam"),
    (51, "Quảng Ngãi"),
    (52, "Bình Định"),
    (54, "Phú Yên"),
    (56, "Khánh Hòa"),
    (58, "Ninh Thuận"),
    (60, "Bình Thuận"),
    (62, "Kon Tum"),
    (64, "Gia Lai"),
    (66, "Đắk Lắk"),
    (67, "Đắk Nông"),
    (68, "Lâm Đồng"),
    (70, "Bình Phước"),
    (72, "Tây Ninh"),
    (74, "Bình Dương"),
    (75, "Đồng Nai"),
    (77, "Bà Rịa – Vũng Tàu"),
    (79, "Thành phố Hồ Chí Minh"),
    (80, "Long An"),
    (82, "Tiền Giang"),
    (83, "Bến Tre"),
    (84, "Trà Vinh"),
    (86, "Vĩnh Long"),
    (87, "Đồng Tháp"),
    (89, "An Giang"),
    (91, "Kiên Giang"),
    (92, "Cần Thơ"),
    (93, "Hậu Giang"),
    (94, "Sóc Trăng"),
    (95, "Bạc Liêu"),
    (96, "Cà Mau"),
];

/// Where a birth was registered by the first three digits, in the names of that time.
pub fn place_of_number(number: &PersonalNumber) -> Option<&'static str> {
    let code: u16 = number.expose()[..3].parse().ok()?;
    PLACES.iter().find(|(known, _)| u16::from(*known) == code).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests;
