//! Officers who are told about reports in the console: who has one, who leads its unit, who leads the unit above.

use super::rows::ReportRow;
use crate::{
    core::Core,
    error::Error,
    notices::{self, Notice},
    rights::Role,
};
use base::ids::Uuid;
use store::{ConnectionTrait, Sql, Tx};

/// The tab of the inbox that officers' notices stand in.
pub const KIND: &str = "desk";
/// Leaders of one unit that are told at most.
const MOST: i64 = 20;

/// Active people with this role for exactly this unit.
async fn with_role(db: &impl ConnectionTrait, unit: &str, role: Role) -> Result<Vec<Uuid>, store::Error> {
    Sql::new(format!(
        "SELECT a.id FROM account a JOIN staff_role r ON r.account_id = a.id
         WHERE r.unit = $1 AND r.role = $2 AND a.kind = 'staff' AND a.blocked_at IS NULL AND a.deleted_at IS NULL
         ORDER BY a.id LIMIT {MOST}"
    ))
    .bind(unit)
    .bind(role.as_str())
    .scalars(db)
    .await
}

pub async fn leaders(db: &impl ConnectionTrait, unit: &str) -> Result<Vec<Uuid>, store::Error> {
    with_role(db, unit, Role::UnitLeader).await
}

/// Who leads the nearest superior of a unit that has a leader; above all stands the province's dispatcher.
pub async fn superiors(core: &Core, db: &impl ConnectionTrait, unit: &str) -> Result<Vec<Uuid>, store::Error> {
    let province = core.province();
    for above in province.above(unit) {
        let found = leaders(db, above).await?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    with_role(db, "*", Role::ProvinceOperator).await
}

/// Whether this account still works here.
async fn is_active(db: &impl ConnectionTrait, account: Uuid) -> Result<bool, store::Error> {
    let found: Option<i32> = Sql::new(
        "SELECT 1 FROM account WHERE id = $1 AND kind = 'staff' AND blocked_at IS NULL AND deleted_at IS NULL",
    )
    .bind(account)
    .scalar(db)
    .await?;
    Ok(found.is_some())
}

/// Who has a report; nobody yet: the unit's leaders, and without one the superiors.
pub async fn in_charge(core: &Core, db: &impl ConnectionTrait, report: &ReportRow) -> Result<Vec<Uuid>, Error> {
    if let Some(assignee) = report.assignee
        && is_active(db, assignee).await?
    {
        return Ok(vec![assignee]);
    }
    let found = leaders(db, &report.unit).await?;
    if found.is_empty() { Ok(superiors(core, db, &report.unit).await?) } else { Ok(found) }
}

/// A line in an officer's inbox, leading to a report.
pub async fn tell(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    key: &str,
    args: Vec<(&'static str, String)>,
    code: &str,
) -> Result<(), store::Error> {
    let link = format!("/can-bo/phan-anh/{code}");
    notices::tell(core, tx, Notice { account, kind: KIND, key: key.to_owned(), args, link, sms: None }).await
}
