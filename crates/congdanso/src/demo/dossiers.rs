//! Invented dossiers, some with fees to pay, for the people of the VNeID sandbox, told as a one-stop system of the province tells them: written down at the province, signed and
//! sent by its worker, shown at the portal. Nothing is put into the portal by hand.

use anyhow::Context;
use base::clock::{DAY, HOUR, Millis};
use domain::{core::Core, dossiers::tell};
use sandbox::vneid::Person;
use serde_json::{Value, json};

/// What happened to a dossier: hours ago, state, words to the person.
type Story = &'static [(Millis, &'static str, &'static str)];

/// The story in which a fee is to be paid.
const WITH_FEE: usize = 3;
/// What it is and how much, and one that the province took back.
const FEES: [(&str, &str, i64, &str); 3] = [
    ("a", "Lệ phí cấp bản chính", 135_000, "due"),
    ("b", "Phí thẩm định hồ sơ", 50_000, "due"),
    ("c", "Phí trích lục bản đồ", 100_000, "withdrawn"),
];

const STORIES: [Story; 4] = [
    &[(75, "1", ""), (74, "2", "Đã nhận đủ giấy tờ. Ông/Bà không phải làm gì thêm."), (50, "4", "")],
    &[
        (30, "2", ""),
        (6, "5", "Xin Ông/Bà bổ sung bản chính giấy chứng sinh. Nộp tại quầy hoặc chụp gửi ở trang của tỉnh."),
    ],
    &[
        (300, "2", ""),
        (280, "4", ""),
        (190, "9", "Kết quả đã có. Mời Ông/Bà đến quầy nhận trong giờ làm việc."),
        (160, "10", ""),
    ],
    &[(28, "2", ""), (5, "6", "Hồ sơ đã đủ. Xin Ông/Bà nộp phí, lệ phí để chúng tôi làm tiếp.")],
];
/// As many of the sandbox's people may have dossiers; one of seven has none, so that the empty page can be seen, too.
const PEOPLE: usize = 200;

fn has_some(at: usize) -> bool {
    at % 7 != 5
}

/// Tells them. Again in a demo that goes on: their events are known, so nothing comes of it.
pub async fn tell(core: &Core, people: &[Person]) -> anyhow::Result<()> {
    let province = core.province();
    let (slug, procedures) = (&province.pack.province.slug, &province.pack.procedures);
    if procedures.is_empty() {
        return Ok(());
    }
    let now = core.now();
    let (mut steps, mut fees): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    for (at, person) in people.iter().take(PEOPLE).enumerate().filter(|(at, _)| has_some(*at)) {
        for (n, story) in STORIES.iter().enumerate() {
            let procedure = &procedures[(at + n) % procedures.len()];
            for (no, (ago, state, note)) in story.iter().enumerate() {
                let time = now - ago * HOUR;
                steps.push(json!({
                    "event": format!("minh-hoa-{slug}-{at}-{n}-{no}"), "dossier": dossier(n, at),
                    "procedure": procedure.code, "number": person.number.expose(), "state": state, "at": rfc3339(time), "due": rfc3339(now + 4 * DAY),
                    "note": note, "link": format!("{}{}", core.settings.origin, page_of(&procedure.code)),
                }));
            }
            if n == WITH_FEE {
                fees.extend(FEES.iter().map(|(id, name, amount, state)| json!({
                    "fee": format!("minh-hoa-{slug}-{at}-{id}"), "dossier": dossier(n, at), "name": name, "amount": amount, "state": state,
                    "at": rfc3339(now - 5 * HOUR),
                })));
            }
        }
    }
    for some in steps.chunks(domain::dossiers::MOST) {
        tell::tell(core, None, some).await.context("invented dossiers cannot be told")?;
    }
    for some in fees.chunks(domain::payments::MOST) {
        domain::payments::tell::tell(core, None, some).await.context("invented fees cannot be told")?;
    }
    Ok(())
}

fn dossier(story: usize, person: usize) -> String {
    format!("MH.{}-{:04}", story + 1, person + 1)
}

fn rfc3339(at: Millis) -> String {
    base::show::rfc3339(at)
}

/// The province has no page of a dossier yet: the procedure's.
fn page_of(code: &str) -> String {
    format!("/thu-tuc/{code}")
}
