//! The history of a report as staff read it: every step with who, when and what; internal notes set apart (R6).

use super::show;
use crate::page::Page;
use base::ids::Uuid;
use domain::reports::{Act, EventRow, PhotoRow, State};
use std::collections::HashMap;

/// A photo on the page.
#[derive(Debug, Clone)]
pub struct Picture {
    pub id: Uuid,
    pub alt: String,
    pub caption: String,
    pub width: i32,
    pub height: i32,
    /// Others see a covered copy.
    pub covered: bool,
    /// Its author took it off the public page.
    pub hidden: bool,
}

/// A step of the timeline.
#[derive(Debug, Clone)]
pub struct Step {
    /// Class of the list entry: empty, `is-bad`, `is-wait` or `is-note`.
    pub class: &'static str,
    pub icon: &'static str,
    pub title: String,
    pub at: String,
    pub iso: String,
    pub who: String,
    /// What changed, a line each.
    pub facts: Vec<String>,
    pub public: String,
    /// Text key of the heading over `public`.
    pub public_key: &'static str,
    pub from_citizen: bool,
    pub internal: String,
    pub photos: Vec<Picture>,
    pub current: bool,
}

pub fn picture(p: &Page, photo: &PhotoRow, at: usize) -> Picture {
    let key = match photo.side.as_str() {
        "after" => "desk-photo-after",
        "inside" => "desk-photo-inside",
        _ => "desk-photo-before",
    };
    Picture {
        id: photo.id,
        alt: p.t1(key, "n", at + 1),
        caption: p.t1(&format!("{key}-day"), "day", p.date(&photo.created_at)),
        width: photo.width,
        height: photo.height,
        covered: photo.public_file.is_some(),
        hidden: photo.hidden,
    }
}

/// The steps, newest last.
pub fn steps(p: &Page, events: &[EventRow], photos: &[PhotoRow], names: &[(Uuid, String)], open: bool) -> Vec<Step> {
    let names: HashMap<Uuid, &str> = names.iter().map(|(id, name)| (*id, name.as_str())).collect();
    let last = events.iter().rposition(|e| !Act::parse(&e.act).is_some_and(Act::is_internal));
    events
        .iter()
        .enumerate()
        .map(|(i, e)| {
            let of_step: Vec<&PhotoRow> = photos.iter().filter(|f| f.event_no == e.no && e.no > 1).collect();
            step(p, e, &names, &of_step, open && last == Some(i))
        })
        .collect()
}

fn step(p: &Page, e: &EventRow, names: &HashMap<Uuid, &str>, photos: &[&PhotoRow], current: bool) -> Step {
    let act = Act::parse(&e.act);
    let from_citizen = e.actor == "citizen";
    let class = match act {
        Some(act) if act.is_internal() && act != Act::HandOver => "is-note",
        Some(Act::Reject) => "is-bad",
        Some(Act::Ask) if e.to_state == State::NeedInfo.as_str() && current => "is-wait",
        _ => "",
    };
    Step {
        class,
        icon: act.map_or("clock", show::act_icon),
        title: act.map_or_else(|| e.act.clone(), |a| p.t(&format!("desk-step-{}", a.as_str())).into_owned()),
        at: p.date_time(&e.at),
        iso: p.iso(&e.at),
        who: who(p, e, names),
        facts: facts(p, e),
        public: e.public_note.clone(),
        public_key: match act {
            _ if from_citizen => "desk-step-by-citizen",
            Some(Act::Hide | Act::Unhide | Act::Reject | Act::Extend | Act::Moderate) => "desk-step-reason",
            Some(Act::Ask) => "desk-step-question",
            _ => "desk-step-reply-public",
        },
        from_citizen,
        internal: e.internal_note.clone(),
        photos: photos.iter().enumerate().map(|(at, f)| picture(p, f, at)).collect(),
        current,
    }
}

fn who(p: &Page, e: &EventRow, names: &HashMap<Uuid, &str>) -> String {
    let unit = e.unit.as_deref().map(|u| p.unit_name(u)).unwrap_or_default();
    match e.actor.as_str() {
        "citizen" => p.t("desk-who-citizen").into_owned(),
        "outside" => p.t("desk-who-outside").into_owned(),
        "staff" => {
            let name = e.actor_id.and_then(|id| names.get(&id).copied()).unwrap_or_default();
            [name, unit.as_str()].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(", ")
        }
        _ => p.t("desk-who-system").into_owned(),
    }
}

/// What a step changed, from the data that was kept with it.
fn facts(p: &Page, e: &EventRow) -> Vec<String> {
    let data: serde_json::Value = serde_json::from_str(&e.data).unwrap_or_default();
    let text = |key: &str| data.get(key).and_then(|v| v.as_str()).unwrap_or_default();
    let mut facts = Vec::new();
    if !text("assignee").is_empty() {
        facts.push(p.t1("desk-fact-assignee", "name", text("assignee")));
    }
    for (key, fact) in [
        ("into", "desk-fact-into"),
        ("merged", "desk-fact-merged"),
        ("out_of", "desk-fact-out-of"),
        ("released", "desk-fact-released"),
        ("parent", "desk-fact-parent"),
    ] {
        if !text(key).is_empty() {
            facts.push(p.t1(fact, "code", p.code(text(key))));
        }
    }
    if let Some(parts) = data.get("parts").and_then(|v| v.as_array()) {
        let codes: Vec<String> = parts.iter().filter_map(|c| c.as_str()).map(|c| p.code(c)).collect();
        facts.push(p.t1("desk-fact-parts", "codes", codes.join(", ")));
    }
    if !text("asked_unit").is_empty() {
        facts.push(p.t1("desk-fact-asked", "who", p.unit_name(text("asked_unit"))));
    }
    if !text("asked").is_empty() {
        facts.push(p.t1("desk-fact-asked", "who", text("asked")));
    }
    if !text("recalled_unit").is_empty() {
        facts.push(p.t1("desk-fact-recalled", "who", p.unit_name(text("recalled_unit"))));
    }
    if !text("recalled").is_empty() {
        facts.push(p.t1("desk-fact-recalled", "who", text("recalled")));
    }
    if !text("answered").is_empty() {
        facts.push(p.t1("desk-fact-answered", "who", text("answered")));
    }
    let changed = |from: &str, to: &str| !text(to).is_empty() && text(from) != text(to);
    if changed("from_category", "to_category") {
        let (from, to) = (p.category_name(text("from_category")), p.category_name(text("to_category")));
        facts.push(p.t2("desk-fact-category", "from", from, "to", to));
    }
    if changed("from_commune", "to_commune") {
        let name = |code: &str| p.commune_name(&Some(code.to_owned()));
        facts.push(p.t2("desk-fact-commune", "from", name(text("from_commune")), "to", name(text("to_commune"))));
    }
    if changed("from_unit", "to_unit") {
        facts.push(p.t2("desk-fact-unit", "from", p.unit_name(text("from_unit")), "to", p.unit_name(text("to_unit"))));
    }
    if let (Some(days), Some(due)) =
        (data.get("days").and_then(|v| v.as_i64()), data.get("due_at").and_then(|v| v.as_i64()))
    {
        facts.push(p.t2("desk-fact-extended", "days", p.number(days), "due", p.date_time(&due)));
    }
    if data.get("photo").is_some() {
        facts.push(p.tn("desk-fact-covered", data.get("boxes").and_then(|v| v.as_i64()).unwrap_or(0)));
    } else if e.act == Act::Moderate.as_str() {
        let key = if data.get("restored").is_some() { "desk-fact-restored" } else { "desk-fact-reworded" };
        facts.push(p.t(key).into_owned());
    } else if e.act == Act::Redact.as_str() {
        let n = |key: &str| p.number(data.get(key).and_then(|v| v.as_i64()).unwrap_or(0));
        facts.push(p.t2("desk-fact-redacted", "words", n("words"), "photos", n("photos")));
    }
    if !text("desk").is_empty() {
        facts.push(p.t1("desk-fact-intake", "unit", p.unit_name(text("desk"))));
    } else if !text("helper").is_empty() {
        facts.push(p.t("desk-fact-helped").into_owned());
    }
    if data.get("name").is_some() {
        facts.push(p.t("desk-fact-name-hidden").into_owned());
    }
    if let Some(stars) = data.get("stars").and_then(|v| v.as_i64()) {
        facts.push(p.t1("desk-fact-stars", "n", stars));
    }
    facts
}
