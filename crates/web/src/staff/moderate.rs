//! Moderation at the console (R10, R11): covering parts of a photo before anybody else sees it, and closing marks of readers.
//! Boxes are numbers in a form; a script lets one draw them.

use super::{
    form::Wrong,
    report,
    shell::{Shell, go_saying, html_as, id},
};
use crate::{
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{Desk, Form},
};
use askama::Template;
use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base::code::Code;
use domain::{
    error::Error,
    reports::{
        PhotoRow, ReportRow,
        cover::{self, Cover},
        flags, moderate,
    },
};

/// Empty rows that a form offers without a script.
const ROOM: usize = 4;
/// Bytes of boxes in the address of a preview: twenty boxes need less.
const ADDRESS_MOST: usize = 600;

/// A row of numbers, as typed.
#[derive(Default, Clone)]
struct Row {
    x: String,
    y: String,
    w: String,
    h: String,
    how: String,
    wrong: bool,
}

impl Row {
    fn of(c: &Cover) -> Self {
        Self {
            x: Cover::percent(c.x),
            y: Cover::percent(c.y),
            w: Cover::percent(c.w),
            h: Cover::percent(c.h),
            how: c.how.as_str().into(),
            wrong: false,
        }
    }

    fn is_blank(&self) -> bool {
        [&self.x, &self.y, &self.w, &self.h].iter().all(|t| t.trim().is_empty())
    }

    fn cover(&self) -> Option<Cover> {
        Cover::typed(&self.x, &self.y, &self.w, &self.h, &self.how)
    }
}

/// The rows of a form: the same names repeat.
fn rows(fields: &Fields) -> Vec<Row> {
    let at = |name: &str, n: usize| fields.all(name).get(n).cloned().unwrap_or_default();
    let row = |n| Row { x: at("x", n), y: at("y", n), w: at("w", n), h: at("h", n), how: at("how", n), wrong: false };
    (0..fields.all("x").len().min(cover::MOST + ROOM)).map(row).filter(|r| !r.is_blank()).collect()
}

#[derive(Template)]
#[template(path = "staff/cover.html")]
struct CoverPage {
    p: Page,
    s: Shell,
    r: ReportRow,
    shown: String,
    photo: PhotoRow,
    rows: Vec<Row>,
    reason: String,
    /// Address of the picture as it would be.
    preview: Option<String>,
    covered: bool,
    conflict: Option<String>,
    wrong: Vec<Wrong>,
}

struct Asked<'a> {
    code: &'a str,
    photo: &'a str,
}

async fn show(
    web: &Web,
    desk: &Desk,
    asked: Asked<'_>,
    typed: Option<Vec<Row>>,
    reason: String,
    wrong: Vec<Wrong>,
    conflict: Option<String>,
) -> Result<Response, Problem> {
    let code = Code::parse(asked.code).map_err(|_| Problem::NotFound)?;
    let found = moderate::photo_of(&web.core, &desk.officer, code.as_str(), id(asked.photo)?).await;
    let (r, photo) = found.map_err(web.problem())?;
    let status = match (&wrong[..], &conflict) {
        ([], None) => StatusCode::OK,
        (_, Some(_)) => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let asks_preview = typed.is_some() && wrong.is_empty() && conflict.is_none();
    let mut rows = typed.unwrap_or_else(|| cover::of_row(&photo.boxes).iter().map(Row::of).collect());
    let preview = asks_preview.then(|| {
        let boxes: Vec<String> = rows.iter().filter_map(Row::cover).map(|c| to_address(&c)).collect();
        format!("/can-bo/phan-anh/{}/anh/{}/xem-truoc?o={}", r.code, photo.id, boxes.join("_"))
    });
    rows.truncate(cover::MOST);
    let room = ROOM.min(cover::MOST - rows.len());
    rows.extend(vec![Row { how: "black".into(), ..Row::default() }; room]);
    let s = Shell::load(web, desk, "queue").await?;
    let p = desk.page.clone();
    let page = CoverPage {
        shown: p.code(&r.code),
        rows,
        reason,
        preview,
        covered: photo.public_file.is_some(),
        conflict,
        wrong,
        r,
        photo,
        s,
        p,
    };
    html_as(status, &page)
}

pub async fn page(
    State(web): State<Web>,
    desk: Desk,
    Path((code, photo)): Path<(String, String)>,
) -> Result<Response, Problem> {
    show(&web, &desk, Asked { code: &code, photo: &photo }, None, String::new(), Vec::new(), None).await
}

pub async fn save(
    State(web): State<Web>,
    Path((code, photo)): Path<(String, String)>,
    Form { by: desk, fields }: Form<Desk>,
) -> Result<Response, Problem> {
    let mut typed = rows(&fields);
    let boxes: Vec<Cover> = typed.iter().filter_map(Row::cover).collect();
    let mut wrong = Vec::new();
    for (n, row) in typed.iter_mut().enumerate() {
        if row.cover().is_none() {
            row.wrong = true;
            wrong.push(Wrong { id: format!("f-x-{n}"), text: desk.page.t1("cover-wrong", "n", n + 1) });
        }
    }
    let asked = Asked { code: &code, photo: &photo };
    let reason = fields.get("reason").to_owned();
    if !wrong.is_empty() || fields.has("xem") {
        return show(&web, &desk, asked, Some(typed), reason, wrong, None).await;
    }
    let seen: i64 = fields.get("version").parse().map_err(|_| Problem::BadRequest)?;
    let number = Code::parse(&code).map_err(|_| Problem::NotFound)?;
    let done =
        moderate::cover_photo(&web.core, &desk.officer, number.as_str(), seen, id(&photo)?, boxes, reason.clone())
            .await;
    match done {
        Ok(done) => Ok(go_saying(&web, &format!("/can-bo/phan-anh/{}", done.code), "flash-desk-covered")),
        Err(Error::Invalid(errors)) => {
            let wrong = errors
                .iter()
                .map(|e| Wrong {
                    id: if e.field == "reason" { "f-reason".into() } else { "f-x-0".into() },
                    text: desk.page.t(e.key).into_owned(),
                })
                .collect();
            show(&web, &desk, asked, Some(typed), reason, wrong, None).await
        }
        Err(e @ Error::Changed { .. }) => {
            let conflict = Some(super::act::why_not(&desk.page, &e));
            show(&web, &desk, asked, Some(typed), reason, Vec::new(), conflict).await
        }
        Err(e) => Err(web.problem()(e)),
    }
}

/// `125-0-500-500-b`: short, and no text of anybody.
fn to_address(c: &Cover) -> String {
    let how = if c.how == cover::How::Blur { 'm' } else { 'd' };
    format!("{}-{}-{}-{}-{how}", c.x, c.y, c.w, c.h)
}

fn from_address(text: &str) -> Option<Vec<Cover>> {
    if text.len() > ADDRESS_MOST {
        return None;
    }
    let one = |part: &str| {
        let parts: Vec<&str> = part.split('-').collect();
        let &[x, y, w, h, how] = &parts[..] else { return None };
        let percent = |n: &str| n.parse::<u16>().ok().filter(|n| *n <= 1000).map(Cover::percent);
        let how = if how == "m" { "blur" } else { "black" };
        Cover::typed(&percent(x)?, &percent(y)?, &percent(w)?, &percent(h)?, how)
    };
    let boxes: Option<Vec<Cover>> = text.split('_').filter(|p| !p.is_empty()).map(one).collect();
    boxes.filter(|b| b.len() <= cover::MOST)
}

/// The picture as it would be, for a form without a script.
pub async fn preview(
    State(web): State<Web>,
    desk: Desk,
    Path((code, photo)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let code = Code::parse(&code).map_err(|_| Problem::NotFound)?;
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let boxes = from_address(fields.get("o")).ok_or(Problem::BadRequest)?;
    let made = moderate::preview(&web.core, &desk.officer, code.as_str(), id(&photo)?, boxes).await;
    let mut response = made.map_err(web.problem())?.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    Ok(response)
}

/// «Không có gì sai»: the marks of readers are closed.
pub async fn dismiss(
    State(web): State<Web>,
    Path(code): Path<String>,
    Form { by: desk, fields }: Form<Desk>,
) -> Result<Response, Problem> {
    let code = Code::parse(&code).map_err(|_| Problem::NotFound)?;
    match flags::dismiss(&web.core, &desk.officer, code.as_str(), fields.get("reason")).await {
        Ok(()) => Ok(go_saying(&web, &format!("/can-bo/phan-anh/{}", code.as_str()), "flash-desk-flags-dismissed")),
        Err(Error::Invalid(errors)) => {
            let refusal = errors.first().map(|e| desk.page.t(e.key).into_owned());
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            report::render(&web, &desk, code.as_str(), report::Beside { refusal, status, ..report::Beside::default() })
                .await
        }
        Err(e) => Err(web.problem()(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r10_boxes_in_an_address_are_read_as_written_and_limited() {
        let boxes = vec![
            Cover { x: 125, y: 0, w: 500, h: 333, how: cover::How::Blur },
            Cover { x: 0, y: 1, w: 5, h: 999, how: cover::How::Black },
        ];
        let text: Vec<String> = boxes.iter().map(to_address).collect();
        assert_eq!(from_address(&text.join("_")), Some(boxes));
        assert_eq!(from_address(""), Some(Vec::new()));
        for wrong in ["1-2-3", "1-2-3-4-d-5", "1001-0-5-5-d", "-1-0-5-5-d", "0-0-1-1-d", &"1-1-9-9-d_".repeat(80)] {
            assert_eq!(from_address(wrong), None, "{wrong}");
        }
    }
}
