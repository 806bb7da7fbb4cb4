//! The answer, read strictly: it must be about our question, and hold nothing that we do not understand.

use super::{
    Compared, Question, Unanswered, Verdict,
    envelope::{ENVELOPE, NAMESPACE, OPERATION},
};
use base::xml::{self, Element, Limits};

/// The codes of faults that are the asker's, and our words for them.
const CODES: [(&str, &str); 5] = [
    ("YEU_CAU_SAI", "the form of the question"),
    ("KHONG_HIEU", "the form of the question"),
    ("AUTHHASH_SAI", "AuthHash"),
    ("TRUNG_MA_YEU_CAU", "a request id used twice"),
    ("QUA_NHIEU", "too many questions"),
];

/// `is_ok`: the status was 200; a fault has another one (SOAP 1.1, 6.2), and an answer has not.
pub fn read(body: &[u8], is_ok: bool, question: &Question) -> Result<Compared, Unanswered> {
    let envelope = xml::read(body, Limits::MESSAGE).map_err(|_| Unanswered::Away("broken XML"))?;
    let foreign = Unanswered::Away("another envelope");
    if !envelope.is(ENVELOPE, "Envelope") {
        return Err(foreign);
    }
    let body = match envelope.children.as_slice() {
        [body] if body.is(ENVELOPE, "Body") => body,
        [header, body] if header.is(ENVELOPE, "Header") && body.is(ENVELOPE, "Body") => {
            let must = |block: &Element| matches!(block.attribute(ENVELOPE, "mustUnderstand"), Some("1" | "true"));
            if header.children.iter().any(must) {
                return Err(Unanswered::Away("a header that is not understood"));
            }
            body
        }
        _ => return Err(foreign),
    };
    match body.children.as_slice() {
        [fault] if fault.is(ENVELOPE, "Fault") => Err(refusal(fault)),
        [answer]
            if is_ok && answer.namespace == NAMESPACE && answer.name.strip_suffix("Response") == Some(OPERATION) =>
        {
            verdicts(&answer.children, question)
        }
        _ => Err(foreign),
    }
}

fn verdicts(fields: &[Element], question: &Question) -> Result<Compared, Unanswered> {
    let strange = Unanswered::Away("an answer that is not understood");
    let (id, state, told) = match fields {
        [id, state] => (id, state, None),
        [id, state, told] => (id, state, Some(told)),
        _ => return Err(strange),
    };
    if !id.is(NAMESPACE, "MaYeuCau") || id.text.trim() != question.request.to_string() {
        return Err(Unanswered::Away("an answer to another question"));
    }
    if !state.is(NAMESPACE, "TrangThai") || !state.children.is_empty() {
        return Err(strange);
    }
    match (state.text.trim(), told) {
        ("KHONG_CO", None) => Ok(Compared::Unknown),
        ("CO", Some(told)) if told.is(NAMESPACE, "DoiChieu") && told.text.trim().is_empty() => {
            let [full_name, birth_date, sex] = known(&told.children).ok_or(strange)?;
            // A word about what was not asked belongs to another question.
            if question.sex.is_none() && sex != Verdict::Silent {
                return Err(strange);
            }
            Ok(Compared::Known { full_name, birth_date, sex })
        }
        _ => Err(strange),
    }
}

/// Name, birth date, sex: each once at most, in this order, with a mark that we know.
fn known(marks: &[Element]) -> Option<[Verdict; 3]> {
    let mut told = [Verdict::Silent; 3];
    let mut next = 0;
    for mark in marks {
        let at = ["HoVaTen", "NgayThangNamSinh", "GioiTinh"].iter().position(|name| mark.is(NAMESPACE, name))?;
        if at < next || !mark.children.is_empty() {
            return None;
        }
        told[at] = match mark.text.trim() {
            "KHOP" => Verdict::Match,
            "KHONG_KHOP" => Verdict::Mismatch,
            _ => return None,
        };
        next = at + 1;
    }
    Some(told)
}

/// The words of a fault may hold what was asked, so they go no further; its codes are ours or nothing.
fn refusal(fault: &Element) -> Unanswered {
    let child = |name: &str| fault.children.iter().find(|c| c.is("", name));
    let code = child("faultcode").map_or("", |code| code.text.trim());
    let detail = child("detail").and_then(|detail| detail.children.iter().find(|c| c.is(NAMESPACE, "MaLoi")));
    let detail = detail.map_or("", |detail| detail.text.trim());
    // A prefix is whatever the other side chose; sub-codes follow a dot.
    let local = code.rsplit(':').next().unwrap_or_default();
    match local.split('.').next().unwrap_or_default() {
        "Client" | "MustUnderstand" | "VersionMismatch" => {
            let known = CODES.iter().find(|(known, _)| *known == detail);
            Unanswered::Refused(known.map_or("a fault of ours", |(_, words)| words))
        }
        _ => Unanswered::Away("a fault of theirs"),
    }
}
