//! The envelopes: a question is read strictly, in the order of the schema; answers and faults are written.

use super::compare::{Asked, Born, Compared, Verdict};
use base::{
    keys::keyed_hash,
    personal_number::{PersonalNumber, Sex},
    xml::{self, BadXml, Element, Limits, escaped},
};
use jiff::civil::{Date, date};

pub const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub const NAMESPACE: &str = "http://dancuquocgia.bca";
pub const OPERATION: &str = "TraCuuThongTinCongDan";
/// As it stands in the header field `SOAPAction`.
pub const ACTION: &str = "\"http://dancuquocgia.bca/TraCuuThongTinCongDan\"";
/// The code of the integration: looking a citizen up.
const INTEGRATION: &str = "037";
/// Of any field; bytes.
const LONGEST: usize = 200;

/// The order of the schema; of the two numbers one stands there.
const FIELDS: [&str; 8] =
    ["MaYeuCau", "MaDVC", "MaTichHop", "MaCanBo", "SoDinhDanh", "SoCMND", "HoVaTen", "NgayThangNamSinh"];
const SEX: &str = "GioiTinh";

/// Why a question gets no answer; the code stands in the fault's detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not an envelope, not this operation, a field missing, twice, in the wrong place or not of its form.
    Unreadable,
    /// A header block that must be understood and is not.
    NotUnderstood,
    Hash,
    /// Another question had this `MaYeuCau`.
    Again,
    TooMany,
}

impl Refusal {
    fn fault(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Unreadable => ("Client", "YEU_CAU_SAI", "Yêu cầu không đúng định dạng."),
            Self::NotUnderstood => ("MustUnderstand", "KHONG_HIEU", "Có phần đầu bắt buộc mà hệ thống không hiểu."),
            Self::Hash => ("Client", "AUTHHASH_SAI", "AuthHash không khớp với yêu cầu và cán bộ."),
            Self::Again => ("Client", "TRUNG_MA_YEU_CAU", "Mã yêu cầu này đã được dùng."),
            Self::TooMany => ("Client", "QUA_NHIEU", "Hỏi quá nhiều trong một thời gian ngắn."),
        }
    }
}

/// A question as it came.
pub struct Request {
    pub request: String,
    pub procedure: String,
    pub officer: String,
    pub asked: Asked,
    hash: String,
    /// What the hash is made over.
    signed: String,
}

impl Request {
    pub fn is_signed_with(&self, key: &[u8; 32]) -> bool {
        let expected: String = keyed_hash(key, self.signed.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
        subtle::ConstantTimeEq::ct_eq(expected.as_bytes(), self.hash.as_bytes()).into()
    }
}

impl From<BadXml> for Refusal {
    fn from(_: BadXml) -> Self {
        Self::Unreadable
    }
}

pub fn read(body: &[u8]) -> Result<Request, Refusal> {
    let envelope = xml::read(body, Limits::MESSAGE)?;
    if !envelope.is(ENVELOPE, "Envelope") {
        return Err(Refusal::Unreadable);
    }
    let (header, body) = match envelope.children.as_slice() {
        [header, body] if header.is(ENVELOPE, "Header") && body.is(ENVELOPE, "Body") => (header, body),
        // Without a header there is no hash.
        [body] if body.is(ENVELOPE, "Body") => return Err(Refusal::Hash),
        _ => return Err(Refusal::Unreadable),
    };
    let mut hash = None;
    for block in &header.children {
        if block.is(NAMESPACE, "AuthHash") && hash.is_none() {
            hash = Some(field(block)?);
        } else if matches!(block.attribute(ENVELOPE, "mustUnderstand"), Some("1" | "true")) {
            return Err(Refusal::NotUnderstood);
        }
    }
    let is_signed = hash.is_some();
    match body.children.as_slice() {
        [operation] if operation.is(NAMESPACE, OPERATION) => {
            let request = question(&operation.children, hash.unwrap_or_default())?;
            if is_signed { Ok(request) } else { Err(Refusal::Hash) }
        }
        _ => Err(Refusal::Unreadable),
    }
}

fn question(children: &[Element], hash: String) -> Result<Request, Refusal> {
    // Each field once, in the order of the schema: the place of the one before is the least of the next.
    let mut found: [Option<&Element>; FIELDS.len() + 1] = [None; FIELDS.len() + 1];
    let mut next = 0;
    for child in children {
        let known =
            FIELDS.iter().chain([&SEX]).position(|name| child.is(NAMESPACE, name)).ok_or(Refusal::Unreadable)?;
        if known < next {
            return Err(Refusal::Unreadable);
        }
        found[known] = Some(child);
        next = known + 1;
    }
    let [request, procedure, integration, officer, number, old, name, born, sex] = found;
    let text = |element: Option<&Element>| element.ok_or(Refusal::Unreadable).and_then(field);
    let (request, procedure, integration) = (text(request)?, text(procedure)?, text(integration)?);
    let (officer, name) = (text(officer)?, text(name)?);
    if integration != INTEGRATION {
        return Err(Refusal::Unreadable);
    }
    let (number, written_number) = match (number, old) {
        (Some(number), None) => {
            let written = field(number)?;
            let parsed = PersonalNumber::parse(&written).ok().filter(|parsed| parsed.expose() == written);
            (Some(parsed.ok_or(Refusal::Unreadable)?), written)
        }
        (None, Some(old)) => {
            let written = field(old)?;
            let is_old = written.len() == 9 && written.bytes().all(|b| b.is_ascii_digit());
            if !is_old {
                return Err(Refusal::Unreadable);
            }
            (None, written)
        }
        _ => return Err(Refusal::Unreadable),
    };
    let (born, written_born) = birth(born.ok_or(Refusal::Unreadable)?)?;
    let (sex, written_sex) = match sex.map(field).transpose()?.as_deref() {
        None => (None, ""),
        Some("Nam") => (Some(Sex::Male), "Nam"),
        Some("Nữ") => (Some(Sex::Female), "Nữ"),
        Some(_) => return Err(Refusal::Unreadable),
    };
    let signed =
        [&request, &procedure, &integration, &officer, &written_number, &name, &written_born, written_sex].join("\n");
    Ok(Request { request, procedure, officer, asked: Asked { number, name, born, sex }, hash, signed })
}

/// A text without elements inside, in one line, not empty.
fn field(element: &Element) -> Result<String, Refusal> {
    let text = element.text.as_str();
    let is_fine = element.children.is_empty() && !text.trim().is_empty() && text.len() <= LONGEST;
    if is_fine && !text.contains(char::is_control) { Ok(text.to_owned()) } else { Err(Refusal::Unreadable) }
}

fn birth(element: &Element) -> Result<(Born, String), Refusal> {
    let [child] = element.children.as_slice() else { return Err(Refusal::Unreadable) };
    let written = field(child)?;
    let number = |part: &str| {
        let is_plain = part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<i16>().ok().filter(|_| is_plain)
    };
    let born = if child.is(NAMESPACE, "NgayThangNam") {
        day(&written).map(Born::Day)
    } else if child.is(NAMESPACE, "Nam") && written.len() == 4 {
        number(&written).map(Born::Year)
    } else {
        None
    };
    born.map(|born| (born, written)).ok_or(Refusal::Unreadable)
}

/// `yyyy-mm-dd`, and a day that there is.
fn day(written: &str) -> Option<Date> {
    let is_plain =
        written.len() == 10 && written.bytes().enumerate().all(|(at, b)| (at == 4 || at == 7) == (b == b'-'));
    if !is_plain || written.bytes().any(|b| b != b'-' && !b.is_ascii_digit()) {
        return None;
    }
    let (year, month, day) = (written[..4].parse().ok()?, written[5..7].parse().ok()?, written[8..].parse().ok()?);
    Date::new(year, month, day).ok().filter(|d| *d >= date(1800, 1, 1))
}

fn enveloped(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope xmlns:soap=\"{ENVELOPE}\"><soap:Body>{body}</soap:Body></soap:Envelope>\n"
    )
}

/// The answer to a question: the question's own id and verdicts, nothing else.
pub fn answer(request: &str, compared: Compared) -> String {
    let told = match compared {
        Compared::Unknown => "<TrangThai>KHONG_CO</TrangThai>".to_owned(),
        Compared::Known { name, born, sex } => {
            let fields =
                [("HoVaTen", name), ("NgayThangNamSinh", born), (SEX, sex)].map(|(field, verdict)| match verdict {
                    Verdict::Match => format!("<{field}>KHOP</{field}>"),
                    Verdict::Mismatch => format!("<{field}>KHONG_KHOP</{field}>"),
                    Verdict::Silent => String::new(),
                });
            format!("<TrangThai>CO</TrangThai><DoiChieu>{}</DoiChieu>", fields.concat())
        }
    };
    let request = escaped(request);
    enveloped(&format!(
        "<{OPERATION}Response xmlns=\"{NAMESPACE}\"><MaYeuCau>{request}</MaYeuCau>{told}</{OPERATION}Response>"
    ))
}

pub fn fault(refusal: Refusal) -> String {
    let (code, known, words) = refusal.fault();
    enveloped(&format!(
        "<soap:Fault><faultcode>soap:{code}</faultcode><faultstring>{words}</faultstring>\
         <detail><MaLoi xmlns=\"{NAMESPACE}\">{known}</MaLoi></detail></soap:Fault>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub const GOOD: &str = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns=\"http://dancuquocgia.bca\">\
        <s:Header><AuthHash>00</AuthHash></s:Header><s:Body><TraCuuThongTinCongDan><MaYeuCau>1</MaYeuCau><MaDVC>DVC</MaDVC>\
        <MaTichHop>037</MaTichHop><MaCanBo>CB</MaCanBo><SoDinhDanh>000148000001</SoDinhDanh><HoVaTen>HỒ THỊ HƯ CẤU</HoVaTen>\
        <NgayThangNamSinh><NgayThangNam>1948-03-09</NgayThangNam></NgayThangNamSinh><GioiTinh>Nữ</GioiTinh>\
        </TraCuuThongTinCongDan></s:Body></s:Envelope>";

    #[test]
    fn n16_a_question_is_read_with_the_very_text_that_its_hash_is_made_over() {
        let read = read(GOOD.as_bytes()).unwrap();
        assert_eq!(read.signed, "1\nDVC\n037\nCB\n000148000001\nHỒ THỊ HƯ CẤU\n1948-03-09\nNữ");
        assert_eq!(read.asked.sex, Some(Sex::Female));
        assert!(!read.is_signed_with(&[1; 32]));
        let year = GOOD
            .replace("<NgayThangNam>1948-03-09</NgayThangNam>", "<Nam>1948</Nam>")
            .replace("<GioiTinh>Nữ</GioiTinh>", "");
        let read = super::read(year.as_bytes()).unwrap();
        assert!(read.asked.born == Born::Year(1948) && read.signed.ends_with("\n1948\n"));
        let old = GOOD.replace("<SoDinhDanh>000148000001</SoDinhDanh>", "<SoCMND>191234567</SoCMND>");
        assert!(super::read(old.as_bytes()).unwrap().asked.number.is_none());
    }

    #[test]
    fn n16_a_question_of_another_form_is_refused() {
        let number = "<SoDinhDanh>000148000001</SoDinhDanh>";
        for (from, to) in [
            ("http://dancuquocgia.bca", "http://dancuquocgia.example"),
            ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"),
            ("<MaDVC>DVC</MaDVC>", ""),
            ("<MaDVC>DVC</MaDVC>", "<MaDVC> </MaDVC>"),
            ("<MaDVC>DVC</MaDVC>", "<MaDVC>a\nb</MaDVC>"),
            ("<MaYeuCau>1</MaYeuCau><MaDVC>DVC</MaDVC>", "<MaDVC>DVC</MaDVC><MaYeuCau>1</MaYeuCau>"),
            ("<MaDVC>DVC</MaDVC>", "<MaDVC>DVC</MaDVC><MaDVC>DVC</MaDVC>"),
            ("037", "038"),
            (number, ""),
            (number, "<SoDinhDanh>000148000001</SoDinhDanh><SoCMND>191234567</SoCMND>"),
            (number, "<SoDinhDanh>12</SoDinhDanh>"),
            (number, "<SoDinhDanh>000 148 000 001</SoDinhDanh>"),
            (number, "<SoCMND>000148000001</SoCMND>"),
            ("1948-03-09", "1948-02-30"),
            ("1948-03-09", "09/03/1948"),
            ("1948-03-09", "1948-3-009"),
            ("<NgayThangNam>1948-03-09</NgayThangNam>", "<Nam>48</Nam>"),
            ("<NgayThangNam>1948-03-09</NgayThangNam>", "1948-03-09"),
            ("Nữ", "nu"),
            ("</TraCuuThongTinCongDan>", "<Them>1</Them></TraCuuThongTinCongDan>"),
        ] {
            let changed = GOOD.replace(from, to);
            assert_ne!(changed, GOOD, "{from}");
            assert_eq!(read(changed.as_bytes()).err(), Some(Refusal::Unreadable), "{to}");
        }
        let unsigned = GOOD.replace("<AuthHash>00</AuthHash>", "");
        assert_eq!(read(unsigned.as_bytes()).err(), Some(Refusal::Hash));
        let demands = GOOD.replace("<AuthHash>", "<Other s:mustUnderstand=\"1\"/><AuthHash>");
        assert_eq!(read(demands.as_bytes()).err(), Some(Refusal::NotUnderstood));
    }
}
