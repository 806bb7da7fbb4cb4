//! The question as it is sent.

use super::Question;
use base::{keys::keyed_hash, personal_number::Sex, text, xml::escaped};

pub const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub const NAMESPACE: &str = "http://dancuquocgia.bca";
pub const OPERATION: &str = "TraCuuThongTinCongDan";
pub const ACTION: &str = "\"http://dancuquocgia.bca/TraCuuThongTinCongDan\"";
/// The code of the integration: looking a citizen up.
const INTEGRATION: &str = "037";
/// Of the fields that are not of a form of their own; bytes.
const LONGEST: usize = 200;

/// `None`: a field that cannot be asked (empty, too long, a date that is none).
pub fn write(question: &Question, key: &[u8; 32]) -> Option<String> {
    let code = |code: &str| {
        let is_plain = code.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        (is_plain && (1..=LONGEST).contains(&code.len())).then(|| code.to_owned())
    };
    // The registry wants capitals. One line, composed: the same letters whatever keyboard they came from.
    let name = text::one_line(&text::one_line(&question.full_name).to_uppercase());
    if name.is_empty() || name.len() > LONGEST {
        return None;
    }
    let request = question.request.to_string();
    let (procedure, officer) = (code(&question.procedure)?, code(&question.officer)?);
    let (kind, born) = (birth(&question.birth_date)?, question.birth_date.as_str());
    let number = question.number.expose();
    let sex = match question.sex {
        Some(Sex::Male) => "Nam",
        Some(Sex::Female) => "Nữ",
        None => "",
    };
    let signed = [&request, &procedure, INTEGRATION, &officer, number, &name, born, sex].join("\n");
    let hash: String = keyed_hash(key, signed.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    let sex = if sex.is_empty() { String::new() } else { format!("<GioiTinh>{sex}</GioiTinh>") };
    let name = escaped(&name);
    Some(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <soap:Envelope xmlns:soap=\"{ENVELOPE}\"><soap:Header><AuthHash xmlns=\"{NAMESPACE}\">{hash}</AuthHash></soap:Header>\
         <soap:Body><{OPERATION} xmlns=\"{NAMESPACE}\"><MaYeuCau>{request}</MaYeuCau><MaDVC>{procedure}</MaDVC>\
         <MaTichHop>{INTEGRATION}</MaTichHop><MaCanBo>{officer}</MaCanBo><SoDinhDanh>{number}</SoDinhDanh><HoVaTen>{name}</HoVaTen>\
         <NgayThangNamSinh><{kind}>{born}</{kind}></NgayThangNamSinh>{sex}</{OPERATION}></soap:Body></soap:Envelope>\n"
    ))
}

/// By which element it is asked: the day, or the year alone.
fn birth(written: &str) -> Option<&'static str> {
    let is_form = |form: &str| {
        let fits = |(b, like): (u8, u8)| if like == b'-' { b == b'-' } else { b.is_ascii_digit() };
        written.len() == form.len() && written.bytes().zip(form.bytes()).all(fits)
    };
    if is_form("0000") {
        Some("Nam")
    } else if is_form("0000-00-00") {
        Some("NgayThangNam")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{ids::Uuid, personal_number::PersonalNumber};

    pub fn question() -> Question {
        Question {
            request: Uuid::from_u128(7),
            procedure: "1.004222".into(),
            officer: "QTRI-TUDONG".into(),
            number: PersonalNumber::parse("000148000001").unwrap(),
            full_name: "Hồ Thị Hư Cấu".into(),
            birth_date: "1948-03-09".into(),
            sex: None,
        }
    }

    #[test]
    fn n16_a_name_goes_out_in_capitals_and_composed_and_cannot_break_out() {
        let written = |name: &str| write(&Question { full_name: name.into(), ..question() }, &[7; 32]);
        let plain = written("Hồ Thị Hư Cấu").unwrap();
        assert!(plain.contains("<HoVaTen>HỒ THỊ HƯ CẤU</HoVaTen>"), "{plain}");
        assert_eq!(written("  ho\u{302}\u{300} thi\u{323}\u{a0} hu\u{31b} ca\u{302}\u{301}u"), Some(plain));
        assert!(written("A</HoVaTen><x>&").unwrap().contains("<HoVaTen>A&lt;/HOVATEN&gt;&lt;X&gt;&amp;</HoVaTen>"));
        for bad in ["", "  \n ", &"Â".repeat(101)] {
            assert_eq!(written(bad), None);
        }
    }

    #[test]
    fn n16_what_cannot_be_asked_is_not_sent() {
        for (birth_date, kind) in [("1948-03-09", "NgayThangNam"), ("1948", "Nam")] {
            let written = write(&Question { birth_date: birth_date.into(), ..question() }, &[7; 32]).unwrap();
            assert!(written.contains(&format!("<{kind}>{birth_date}</{kind}>")));
        }
        for birth_date in ["", "48", "09/03/1948", "1948-3-9", "1948-03-0<", "١٩٤٨"] {
            assert_eq!(
                write(&Question { birth_date: birth_date.into(), ..question() }, &[7; 32]),
                None,
                "{birth_date}"
            );
        }
        for code in ["", "a b", "a\nb", "<", &"a".repeat(201)] {
            assert_eq!(write(&Question { officer: code.into(), ..question() }, &[7; 32]), None, "{code}");
            assert_eq!(write(&Question { procedure: code.into(), ..question() }, &[7; 32]), None, "{code}");
        }
    }

    #[test]
    fn n16_the_hash_is_of_everything_that_is_asked() {
        let hash = |question: &Question, key: u8| {
            let written = write(question, &[key; 32]).unwrap();
            written.split("</AuthHash>").next().unwrap().rsplit('>').next().unwrap().to_owned()
        };
        // Reckoned with Python's hmac module.
        assert_eq!(hash(&question(), 7), "e08fcf53195047d9283a7971d1204424872a68f33aa7e874438e08b1c496c0f0");
        let q = question;
        let others = [
            Question { request: Uuid::from_u128(8), ..q() },
            Question { procedure: "1.004223".into(), ..q() },
            Question { officer: "QTRI-2".into(), ..q() },
            Question { number: PersonalNumber::parse("000148000002").unwrap(), ..q() },
            Question { full_name: "Hồ Thị Hư".into(), ..q() },
            Question { birth_date: "1948".into(), ..q() },
            Question { sex: Some(Sex::Female), ..q() },
        ];
        for other in &others {
            assert_ne!(hash(other, 7), hash(&question(), 7), "{other:?}");
        }
        assert_ne!(hash(&question(), 8), hash(&question(), 7));
    }
}
