//! «Tài liệu» (N6): a person's own papers, and the results of their dossiers. For who is signed in as themselves: staff have no door here, and who
//! helps is refused by the extractor.

mod add;
mod file;
mod list;
mod one;

use crate::{page::Page, state::Web};
use axum::{Router, routing::get};
use domain::documents::{Line, Media, PAGE, Topic};

/// «Thêm giấy tờ».
const ADD: &str = "/tai-khoan/tai-lieu/moi";

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route(PAGE, get(list::page))
        .route(ADD, get(add::page).post(add::add))
        .route("/tai-khoan/tai-lieu/{id}", get(one::page))
        .route("/tai-khoan/tai-lieu/{id}/tai", get(file::take))
        .route("/tai-khoan/tai-lieu/{id}/anh", get(file::look))
        .route("/tai-khoan/tai-lieu/{id}/sua", get(one::rename_page).post(one::rename))
        .route("/tai-khoan/tai-lieu/{id}/xoa", get(one::remove_page).post(one::remove))
}

/// A paper as lists and its own page show it.
struct Shown {
    href: String,
    icon: &'static str,
    name: String,
    topic: String,
    /// `PDF, 230 KB`
    what: String,
    added: String,
    /// Its row can be opened.
    is_open: bool,
}

fn shown(p: &Page, line: &Line) -> Shown {
    let media = match line.media {
        Media::Pdf => "PDF".into(),
        Media::Jpeg => p.t("docs-picture"),
    };
    Shown {
        href: format!("{PAGE}/{}", line.id),
        icon: line.topic.map_or("file-text", icon),
        name: line.name.clone().unwrap_or_else(|| p.t("docs-unnamed").into_owned()),
        topic: line.topic.map(|topic| topic_name(p, topic)).unwrap_or_default(),
        what: format!("{media}, {}", crate::citizen::video::size(p, line.bytes)),
        added: p.t1("docs-added", "time", p.date_time(&line.added_at)),
        is_open: line.name.is_some(),
    }
}

fn topic_name(p: &Page, topic: Topic) -> String {
    p.t(&format!("document-topic-{}", topic.as_str())).into_owned()
}

fn icon(topic: Topic) -> &'static str {
    match topic {
        Topic::Identity => "user",
        Topic::Family => "users",
        Topic::Land => "house",
        Topic::Study => "graduation-cap",
        Topic::Health => "heart-pulse",
        Topic::Other => "file-text",
    }
}

/// One kind that may be chosen.
struct Choice {
    value: &'static str,
    text: String,
    chosen: bool,
}

fn choices(p: &Page, chosen: &str) -> Vec<Choice> {
    let one =
        |topic: Topic| Choice { value: topic.as_str(), text: topic_name(p, topic), chosen: topic.as_str() == chosen };
    Topic::ALL.into_iter().map(one).collect()
}
