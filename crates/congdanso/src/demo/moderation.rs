//! A little of what readers and leaders do with public reports: a mark, a new wording, a covered photo (R10, R11).

use super::people::Teams;
use anyhow::Context;
use domain::{
    core::Core,
    reports::{
        Command, ReportRow, act_as_officer,
        cover::{Cover, How},
        flags,
        moderate::{self, Wording},
        rows,
    },
    rights::Officer,
};
use store::Sql;
use uuid::Uuid;

/// Who marks, why, and in what words.
const MARKS: [(usize, &str, &str); 3] = [
    (4, "personal", "Ảnh chụp rõ mặt người đi đường."),
    (5, "personal", "Có biển số xe nhìn rõ."),
    (6, "spam", "Việc này đã gửi nhiều lần."),
];

/// Plays it on the newest public reports with photos of the home commune. `readers` are citizens by their number.
pub async fn play(core: &Core, teams: &Teams, home: &str, readers: &[Option<Uuid>]) -> anyhow::Result<()> {
    let codes: Vec<String> = Sql::new(
        "SELECT code FROM report WHERE public = TRUE AND hidden_why IS NULL AND photos > 0 AND unit = $1
         ORDER BY created_at DESC, code LIMIT 3",
    )
    .bind(home)
    .scalars(core.store.read())
    .await?;
    for (n, (reader, reason, comment)) in MARKS.into_iter().enumerate() {
        let (Some(code), Some(Some(who))) = (codes.get(n / 2), readers.get(reader)) else { continue };
        // Nobody marks one's own report.
        if row(core, code).await?.reporter != Some(*who) {
            flags::flag(core, *who, code, reason, comment).await?;
        }
    }
    let leader = |r: &ReportRow| -> Officer {
        teams.units.get(&r.unit).and_then(|t| t.leaders.first()).unwrap_or(&teams.operator).clone()
    };
    if let Some(code) = codes.get(1) {
        let report = row(core, code).await?;
        let photo = rows::photos(core.store.read(), report.id).await?.into_iter().next().context("no photo")?;
        let boxes = vec![
            Cover { x: 620, y: 560, w: 130, h: 90, how: How::Black },
            Cover { x: 180, y: 300, w: 160, h: 200, how: How::Blur },
        ];
        let reason = "Che biển số xe và mặt người đi đường".to_owned();
        moderate::cover_photo(core, &leader(&report), code, report.version, photo.id, boxes, reason).await?;
    }
    if let Some(code) = codes.get(2) {
        let report = row(core, code).await?;
        let first = report.content.lines().next().unwrap_or_default().to_owned();
        let wording = Wording {
            title: report.title.clone(),
            content: format!("{first}\n(Đã bỏ phần nói về một hộ gia đình.)"),
            name: false,
            reason: "Có chi tiết riêng của một hộ dân".into(),
        };
        act_as_officer(core, &leader(&report), code, report.version, Command::Moderate(wording), Vec::new()).await?;
    }
    Ok(())
}

async fn row(core: &Core, code: &str) -> anyhow::Result<ReportRow> {
    rows::by_code(core.store.read(), code).await?.context("the report is gone")
}
