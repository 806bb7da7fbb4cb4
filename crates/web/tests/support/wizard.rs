//! The first steps of a report (R1), as forms without JavaScript.

use super::{Person, Site};
use base::ids::Uuid;

/// A draft of which the category is chosen: its address.
pub async fn begin(site: &Site, who: &Person) -> String {
    let next = site.post(who, "/phan-anh/moi", &[("category", "ha-tang")]).await.leads_to();
    next.strip_suffix("/noi-dung").unwrap().to_owned()
}

/// Words and place: it can be sent.
pub async fn fill(site: &Site, who: &Person, draft: &str) {
    site.post(who, &format!("{draft}/noi-dung"), &[("content", "Ổ gà lớn trước trường\nRất sâu.")]).await.leads_to();
    let place = [("commune_text", ""), ("pick", "18880"), ("words", "Trước cổng trường")];
    site.post(who, &format!("{draft}/noi-xay-ra"), &place).await.leads_to();
}

pub fn id_of(draft: &str) -> Uuid {
    Uuid::parse_str(draft.rsplit('/').next().unwrap()).unwrap()
}
