//! Invented citizens and staff. Staff are made through the same door as real ones; then all get the one password and the one
//! second factor that the demo tells everybody, instead of those that only they would know.

use super::{
    dice::Dice,
    login::{PASSWORD, TOTP},
    places::Places,
    texts::{ProvincePeople, StaffNames, Words},
};
use anyhow::{Context, anyhow};
use base::{
    clock::{DAY, HOUR, MINUTE, Millis},
    fold::fold,
    i18n::Lang,
    keys::{Purpose, Secret},
    phone::PhoneNumber,
};
use domain::{
    accounts::{
        Accounts, Assurance, FullName, Kind, Username,
        activity::{self, Act, Happened},
        hasher::Hasher,
        password::{CommonPasswords, Password, Policy},
    },
    core::Core,
    notices::{self, Notice},
    rights::{Grant, Officer, Role},
    staff::{NewStaff, Staff, first_administrator},
};
use std::collections::{BTreeMap, BTreeSet};
use store::{Insert, Sql, Tx, Update};
use uuid::Uuid;

/// Citizens whose accounts are older than all reports.
const EARLY: usize = 9;

/// The officers and leaders of a unit.
#[derive(Default)]
pub struct Team {
    pub officers: Vec<Officer>,
    pub leaders: Vec<Officer>,
}

/// Everybody who works on reports.
pub struct Teams {
    pub units: BTreeMap<String, Team>,
    /// The province's dispatcher steps in where a unit has no leader.
    pub operator: Officer,
}

/// The phone of the citizen with this number, from 1: a range kept for inventions.
pub fn phone(number: usize) -> anyhow::Result<PhoneNumber> {
    PhoneNumber::parse(&format!("+84999000{number:03}")).map_err(|e| anyhow!("demo phone: {e}"))
}

/// Since when each citizen has an account: some from the beginning, the others one after another.
pub fn registered(dice: &Dice, people: &ProvincePeople, present: Millis) -> Vec<Millis> {
    let late = people.citizens.len().saturating_sub(EARLY).max(1) as i64;
    (0..people.citizens.len())
        .map(|i| {
            let days = if i < EARLY { 75 } else { 72 - 48 * (i - EARLY) as i64 / late };
            present - days * DAY - dice.whole(0, 9) * HOUR - dice.whole(0, 59) * MINUTE
        })
        .collect()
}

/// The shared password, checked by the policy and hashed once.
pub async fn password_hash(core: &Core) -> anyhow::Result<String> {
    let typed = Secret::new(PASSWORD);
    let password = Password::parse(&typed, Policy::PROVINCE, &CommonPasswords::shipped(), &[])
        .map_err(|e| anyhow!("the demo's password is refused: {}", e.key()))?;
    let hasher = Hasher::new(&core.settings, &core.entropy).map_err(|e| anyhow!("{e}"))?;
    hasher.hash(password.secret()).await.map_err(|e| anyhow!("{e}"))
}

/// One citizen, with what registering writes: account, consents, activity, welcome. (Registering itself needs an SMS.)
pub async fn register(
    core: &Core,
    name: &str,
    number: usize,
    commune: Option<String>,
    hash: &str,
) -> anyhow::Result<Uuid> {
    let name = FullName::parse(name).map_err(|e| anyhow!("{name}: {}", e.key))?;
    let (phone, hash, core2) = (phone(number)?, hash.to_owned(), core.clone());
    let province = core.province();
    let versions =
        [("terms", &province.pack.province.terms_version), ("privacy", &province.pack.province.privacy_version)]
            .map(|(kind, version)| (kind, version.clone()));
    let app = province.pack.province.app_name.get(Lang::VI).to_owned();
    let id = core.new_id();
    core.store
        .write(move |tx: Tx| async move {
            let (core, now) = (core2.clone(), core2.now());
            Insert::into("account")
                .set("id", id)
                .set("kind", Kind::Citizen.as_str())
                .set("phone", phone.as_e164())
                .set("full_name", name.as_str())
                .set("commune", commune)
                .set("password_hash", hash)
                .set("assurance", Assurance::Phone.as_str())
                .set("language", Lang::VI.as_str())
                .set("created_at", now)
                .set("updated_at", now)
                .set("demo", true)
                .exec(&tx)
                .await?;
            activity::write(&core, &tx, Act::own(id, Happened::Registered).device("Chrome, Android")).await?;
            for (kind, version) in versions {
                Insert::into("consent")
                    .set("id", core.new_id())
                    .set("account_id", id)
                    .set("kind", kind)
                    .set("version", version.clone())
                    .set("given_at", now)
                    .exec(&tx)
                    .await?;
                let given = Act::own(id, Happened::ConsentGiven).detail(&format!("{kind} {version}"));
                activity::write(&core, &tx, given).await?;
            }
            let welcome = Notice {
                account: id,
                kind: "account",
                key: "notice-welcome".into(),
                args: vec![("app", app)],
                link: "/tai-khoan".into(),
                sms: None,
            };
            notices::tell(&core, &tx, welcome).await
        })
        .await?;
    Ok(id)
}

/// People who came of age a few days ago; the accounts that this guardian kept for them wait for their owners (A19).
pub async fn come_of_age(core: &Core, guardian: Uuid, names: [&'static str; 2]) -> anyhow::Result<()> {
    let now = core.now();
    let adult_at = now - now.rem_euclid(DAY) - 5 * DAY - 7 * HOUR; // a midnight in Vietnam
    let ids = names.map(|name| (core.new_id(), name));
    core.store
        .write(move |tx: Tx| async move {
            for (id, name) in ids {
                Insert::into("account")
                    .set("id", id)
                    .set("kind", Kind::Citizen.as_str())
                    .set("full_name", name)
                    .set("assurance", Assurance::Phone.as_str())
                    .set("language", Lang::VI.as_str())
                    .set("created_at", now)
                    .set("created_by", guardian)
                    .set("updated_at", now)
                    .set("demo", true)
                    .exec(&tx)
                    .await?;
                Insert::into("child")
                    .set("account_id", id)
                    .set("guardian", guardian)
                    .set("adult_at", adult_at)
                    .set("created_at", now)
                    .exec(&tx)
                    .await?;
            }
            Ok::<_, store::Error>(())
        })
        .await?;
    Ok(())
}

/// From now on these two get SMS about their reports.
pub async fn want_sms(core: &Core, accounts: Vec<Uuid>) -> anyhow::Result<()> {
    let core2 = core.clone();
    core.store
        .write(move |tx: Tx| async move {
            for id in accounts {
                Update::table("account").set("notify_sms", true).set("updated_at", core2.now()).by_id(id, &tx).await?;
                activity::write(&core2, &tx, Act::own(id, Happened::SettingsChanged).detail("notify_sms")).await?;
            }
            Ok::<_, store::Error>(())
        })
        .await?;
    Ok(())
}

/// Makes staff for these units and for the province.
#[expect(clippy::too_many_arguments, reason = "one row of the staff list")]
pub async fn employ(
    core: &Core,
    accounts: &Accounts,
    words: &Words,
    dice: &Dice,
    places: &Places,
    units: &BTreeSet<String>,
    led: &BTreeSet<String>,
    hash: &str,
) -> anyhow::Result<Teams> {
    let mut names = names(dice, &words.people.staff);
    let mut name = move || names.pop().context("too few invented names of staff");
    first_administrator(accounts, "quantri", &name()?).await.map_err(|e| anyhow!("quantri: {e}"))?;
    let admin: Uuid = Sql::new("SELECT id FROM account WHERE username = 'quantri'")
        .scalar(core.store.read())
        .await?
        .context("the first administrator is gone")?;
    let admin = Officer {
        account: admin,
        name: String::new(),
        grants: vec![Grant { unit: "*".into(), role: Role::PlatformAdmin }],
    };
    let office = Office { staff: Staff::new(accounts.clone()), admin };
    let operator = office.hire("dieuphoi", &name()?, "Điều phối viên", "*", Role::ProvinceOperator).await?;
    office.hire("kiemtra", &name()?, "Thanh tra viên", "*", Role::Auditor).await?;
    let mut teams = Teams { units: BTreeMap::new(), operator };
    let home = teams.units.entry(places.home.clone()).or_default();
    for username in ["canbo", "canbo2", "canbo3"] {
        home.officers.push(office.hire(username, &name()?, "Chuyên viên", &places.home, Role::Officer).await?);
    }
    home.leaders.push(office.hire("lanhdao", &name()?, "Lãnh đạo đơn vị", &places.home, Role::UnitLeader).await?);
    let mut taken = BTreeSet::new();
    for unit in units.iter().filter(|unit| **unit != places.home) {
        let short = short_name(core, unit, &mut taken);
        let officer = office.hire(&format!("cb.{short}"), &name()?, "Chuyên viên", unit, Role::Officer).await?;
        let mut team = Team { officers: vec![officer], leaders: Vec::new() };
        if led.contains(unit) {
            let title = "Lãnh đạo đơn vị";
            team.leaders.push(office.hire(&format!("ld.{short}"), &name()?, title, unit, Role::UnitLeader).await?);
        }
        teams.units.insert(unit.clone(), team);
    }
    share_keys(core, hash).await?;
    Ok(teams)
}

/// Makes staff in the administrator's name.
struct Office {
    staff: Staff,
    admin: Officer,
}

impl Office {
    async fn hire(&self, username: &str, name: &str, title: &str, unit: &str, role: Role) -> anyhow::Result<Officer> {
        let new = NewStaff {
            full_name: FullName::parse(name).map_err(|e| anyhow!("{name}: {}", e.key))?,
            username: Username::parse(username).map_err(|e| anyhow!("{username}: {}", e.key))?,
            title: title.into(),
            phone: None,
            unit: unit.into(),
            role,
        };
        let made = self.staff.create(&self.admin, new).await;
        let (account, _) = made.map_err(|e| anyhow!("{username} of {unit}: {e}"))?;
        Ok(Officer { account, name: name.into(), grants: vec![Grant { unit: unit.into(), role }] })
    }
}

/// One password and one secret for all staff, known to everybody, and the mark of the demo.
async fn share_keys(core: &Core, hash: &str) -> anyhow::Result<()> {
    let ids: Vec<Uuid> = Sql::new("SELECT id FROM account WHERE kind = 'staff'").scalars(core.store.read()).await?;
    let (core2, hash) = (core.clone(), hash.to_owned());
    core.store
        .write(move |tx: Tx| async move {
            for id in ids {
                Update::table("account")
                    .set("password_hash", hash.clone())
                    .set("must_change_password", false)
                    .set("totp_sealed", core2.keys.seal(Purpose::Totp, id.as_bytes(), TOTP, &core2.entropy))
                    .set("totp_confirmed_at", core2.now())
                    .set("demo", true)
                    .by_id(id, &tx)
                    .await?;
            }
            Ok::<_, store::Error>(())
        })
        .await?;
    Ok(())
}

/// Every invented name once, in an order of the dice.
fn names(dice: &Dice, parts: &StaffNames) -> Vec<String> {
    let mut all: Vec<String> =
        parts.first.iter().flat_map(|first| parts.last.iter().map(move |last| format!("{first} {last}"))).collect();
    dice.shuffle(&mut all);
    all
}

/// `dongha` for Đông Hà, the code for agencies and for a name that is taken.
fn short_name(core: &Core, unit: &str, taken: &mut BTreeSet<String>) -> String {
    let province = core.province();
    let name = province.commune(unit).map_or_else(|| unit.to_owned(), |u| fold(&u.name).replace(' ', ""));
    if taken.insert(name.clone()) { name } else { unit.to_owned() }
}
