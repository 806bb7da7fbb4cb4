//! What belongs to a report, for citizens (R5, R6): where it was merged, what was merged into it, its parts at other units.

use crate::{
    citizen::tags::{self, Tag},
    page::Page,
    state::Web,
};
use base::ids::Uuid;
use domain::{
    error::Error,
    reports::{
        related::{self, Other},
        views::Whole,
    },
};

/// A report beside this one.
#[derive(Debug, Clone)]
pub struct Line {
    /// Empty where the reader may not open it.
    pub href: String,
    pub code: String,
    pub title: String,
    pub unit: String,
    pub tag: Tag,
    pub result: String,
}

#[derive(Debug, Clone, Default)]
pub struct Around {
    pub original: Option<Line>,
    pub whole: Option<Line>,
    pub merged: Vec<Line>,
    pub parts: Vec<Line>,
}

pub async fn around(web: &Web, p: &Page, whole: &Whole, reader: Option<Uuid>) -> Result<Around, Error> {
    let found = related::of(&web.core, &whole.report, &whole.events).await?;
    // What others wrote is shown only where everybody may read it; a part is the unit's own words, for who may read the whole.
    let open = |o: &&Other| o.is_open_to(reader);
    let part = |o: &Other| line(p, o, reader, true);
    let line = |o: &Other| line(p, o, reader, o.is_open_to(reader));
    Ok(Around {
        original: found.original.as_ref().map(line),
        whole: found.whole.as_ref().filter(open).map(line),
        merged: found.merged.iter().filter(open).map(line).collect(),
        parts: found.parts.iter().filter(|o| o.hidden_why.is_none()).map(part).collect(),
    })
}

fn line(p: &Page, o: &Other, reader: Option<Uuid>, readable: bool) -> Line {
    Line {
        href: if o.is_open_to(reader) { format!("/phan-anh/{}", o.code) } else { String::new() },
        code: p.code(&o.code),
        title: if readable { o.title.clone() } else { String::new() },
        unit: p.unit_name(&o.unit),
        tag: tags::state(p, o.state()),
        result: o.result.clone().filter(|_| readable).unwrap_or_default(),
    }
}
