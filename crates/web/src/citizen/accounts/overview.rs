//! Tài khoản: both doors for who is not signed in, else who one is and what can be set.

use super::{
    behalf,
    form::{Head, shown},
    keep::{self, forgetting},
    linked,
    refusal::Answer,
    verify,
};
use crate::{page::Page, state::Web, visit::Visit};
use askama::Template;
use axum::extract::State;
use domain::accounts::Assurance;

/// A line that leads on.
pub struct Row {
    pub href: &'static str,
    pub icon: &'static str,
    pub text: String,
    pub note: String,
}

impl Row {
    pub fn new(p: &Page, href: &'static str, icon: &'static str, key: &str) -> Self {
        Self { href, icon, text: p.t(key).into_owned(), note: p.t(&format!("{key}-note")).into_owned() }
    }
}

struct Group {
    title: String,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "citizen/accounts/doors.html")]
struct DoorsPage {
    p: Page,
    h: Head,
    reports: bool,
    providers: Vec<linked::Offered>,
    next: String,
}

#[derive(Template)]
#[template(path = "citizen/accounts/overview.html")]
struct OverviewPage {
    p: Page,
    h: Head,
    name: String,
    phone: String,
    assurance: Assurance,
    groups: Vec<Group>,
    /// Terms or privacy policy changed since this person agreed.
    outstanding: bool,
}

pub async fn page(State(web): State<Web>, visit: Visit) -> Answer {
    visit.as_oneself()?;
    let mut p = visit.page;
    let h = Head::own(&mut p, "tab-account", "");
    let reports = p.has_module("reports");
    let national = p.is_national();
    let Some(signed) = visit.citizen else {
        if national {
            return Ok(crate::citizen::answer::go("/dang-nhap?next=/tai-khoan"));
        }
        let providers = linked::offered(&web, &p);
        let response = shown(&DoorsPage { p, h, reports, providers, next: String::new() })?;
        return Ok(forgetting(keep::marked(&web, visit.mark.is_some(), response)));
    };
    let outstanding = web.accounts.outstanding_consents(signed.account).await.map_err(web.account_problem())?;
    let mut services = Vec::new();
    let mut mine = if national {
        let counts = crate::national::dossiers_counted(&web, signed.account).await?;
        let dossiers = Row::new(&p, crate::national::DOSSIERS, "file-text", "nat-row-dossiers");
        let note = match counts.open + counts.over {
            0 => dossiers.note,
            _ => p.t2("dos-counts", "open", p.number(counts.open), "over", p.number(counts.over)),
        };
        services = vec![Row { note, ..dossiers }];
        vec![
            Row::new(&p, crate::national::IDENTITY, "shield-check", "nat-row-identity"),
            Row::new(&p, "/tai-khoan/thong-tin", "user", "nat-row-more"),
            Row::new(&p, domain::organizations::PAGE, "building-2", "nat-row-organizations"),
        ]
    } else {
        let facts = web.accounts.facts(signed.account).await.map_err(web.account_problem())?;
        let standing = verify::Status::of(&web, &p, &facts.standing());
        let note = format!("{}. {}", standing.tag, standing.text);
        let who = Row { note, ..Row::new(&p, verify::PAGE, standing.icon, "acc-row-verify") };
        vec![Row::new(&p, "/tai-khoan/thong-tin", "user", "acc-row-profile"), who]
    };
    if !national && (signed.behalf.is_some() || web.providers.iter().any(|of| of.knows_organizations())) {
        let note = match &signed.behalf {
            Some(behalf) => p.t1("behalf-now", "name", behalf.name()),
            None => p.t("behalf-oneself-now").into_owned(),
        };
        mine.push(Row { note, ..Row::new(&p, behalf::PAGE, "building-2", "acc-row-behalf") });
    }
    if reports {
        mine.push(Row::new(&p, "/phan-anh/cua-toi", "clipboard-list", "acc-row-reports"));
        mine.push(Row::new(&p, "/tai-khoan/quanh-day", "map-pin", "acc-row-watches"));
    }
    mine.push(Row::new(&p, "/tai-khoan/kenh-nhan", "bell", "acc-row-settings"));
    let mut safe = vec![Row::new(&p, "/tai-khoan/bao-mat", "key-round", "acc-row-security")];
    if !web.providers.is_empty() {
        safe.push(Row::new(&p, linked::own::PAGE, "shield-check", "acc-row-linked"));
    }
    if !national {
        safe.push(Row::new(&p, domain::accounts::helping::HELPERS, "users", "acc-row-helpers"));
    }
    safe.extend([
        Row::new(&p, "/tai-khoan/thiet-bi", "smartphone", "acc-row-devices"),
        Row::new(&p, "/tai-khoan/hoat-dong", "history", "acc-row-activity"),
    ]);
    if !national {
        mine.push(Row::new(&p, domain::accounts::helping::HELPING, "users", "acc-row-helping"));
    }
    let private = vec![
        Row::new(&p, "/tai-khoan/du-lieu", "download", "acc-row-data"),
        Row::new(&p, "/tai-khoan/dong-y", "file-text", "acc-row-consents"),
    ];
    let group = |key: &str, rows| Group { title: p.t(key).into_owned(), rows };
    let mut groups = Vec::new();
    if national {
        // In the order of the source's menu (N6).
        let keep = vec![
            Row::new(&p, domain::documents::PAGE, "library", "nat-row-documents"),
            Row::new(&p, crate::national::UTILITIES, "settings", "nat-row-utilities"),
        ];
        groups.push(group("nat-group-account", mine));
        groups.push(group("nat-group-services", services));
        groups.push(group("nat-group-keep", keep));
    } else {
        groups.push(group("acc-group-mine", mine));
    }
    groups.extend([group("acc-group-safe", safe), group("acc-group-private", private)]);
    let phone = signed.phone.as_ref().map(|n| n.national()).unwrap_or_default();
    shown(&OverviewPage {
        name: signed.name.clone(),
        phone,
        assurance: signed.assurance,
        groups,
        outstanding: !outstanding.is_empty(),
        h,
        p,
    })
}
