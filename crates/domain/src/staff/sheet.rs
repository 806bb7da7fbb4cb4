//! Staff as a spreadsheet, in and out (X12): a dry run lists every error by row; then the rows without errors are taken, in one
//! transaction, and the first passwords come back once.

use super::{NewStaff, Staff, change};
use crate::{
    accounts::{Error, FullName, Username},
    error::Error as Shared,
    rights::{Officer, Role},
    sheets::{self, BadSheet, Table},
};
use base::{
    fold::fold,
    i18n::{Lang, Speaker},
    keys::Secret,
    phone::PhoneNumber,
};
use std::collections::{HashMap, HashSet};
use store::{Sql, Tx};

/// Rows of a file at most: as many first passwords can be hashed while somebody waits.
pub const MOST_ROWS: usize = 300;

/// The columns, as they are written; the others are accepted when reading (the province's own list, Phụ lục 3).
const NAME: [&str; 2] = ["Họ và tên", "full_name"];
const USERNAME: [&str; 3] = ["Tên đăng nhập", "Tài khoản", "username"];
const PHONE: [&str; 3] = ["Số điện thoại", "Điện thoại", "phone"];
const TITLE: [&str; 4] = ["Chức vụ", "Chức vụ/Đơn vị", "Vị trí", "title"];
const UNIT: [&str; 3] = ["Mã đơn vị", "Đơn vị", "unit"];
const ROLE: [&str; 2] = ["Vai trò", "role"];

/// What the dry run says about one row.
#[derive(Debug, Clone)]
pub struct RowReport {
    /// As the person's program numbers it.
    pub row: usize,
    pub name: String,
    pub username: String,
    /// Text keys; empty: the row will be taken.
    pub errors: Vec<&'static str>,
}

/// What the dry run says about a file.
#[derive(Debug, Clone, Default)]
pub struct DryRun {
    pub rows: Vec<RowReport>,
    pub good: usize,
}

/// A member just made, with the password to hand over.
#[derive(Debug, Clone)]
pub struct Made {
    pub name: String,
    pub username: String,
    pub password: Secret,
}

/// A file is no list of staff.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Not a table for us.
    #[error("no spreadsheet")]
    Sheet(BadSheet),
    /// A column is missing: its Vietnamese header.
    #[error("a column is missing")]
    Column(&'static str),
    #[error(transparent)]
    Refused(#[from] Error),
}

struct Checked {
    report: DryRun,
    good: Vec<NewStaff>,
}

impl Staff {
    /// Reads the file and says what would happen; nothing is changed. Errors: `Refused(Forbidden)`, `Sheet`, `Column`.
    pub async fn try_import(&self, by: &Officer, bytes: Vec<u8>) -> Result<DryRun, ImportError> {
        Ok(self.check_sheet(by, bytes).await?.report)
    }

    /// Takes the rows without errors, all or none of them. Errors: as the dry run; `UsernameTaken` or `PhoneTaken` when
    /// somebody was quicker, and then nothing was taken.
    pub async fn import(&self, by: &Officer, bytes: Vec<u8>) -> Result<(DryRun, Vec<Made>), ImportError> {
        let Checked { report, good } = self.check_sheet(by, bytes).await?;
        let core = self.accounts.core().clone();
        let mut rows: Vec<(NewStaff, String)> = Vec::with_capacity(good.len());
        let mut made = Vec::with_capacity(good.len());
        for new in good {
            let password = change::first_password(&core);
            let hash = self.accounts.hasher.hash(&password).await?;
            made.push(Made {
                name: new.full_name.as_str().to_owned(),
                username: new.username.as_str().to_owned(),
                password,
            });
            rows.push((new, hash));
        }
        let by = change::by_officer(by);
        self.accounts
            .core()
            .store
            .write(move |tx: Tx| async move {
                for (new, hash) in rows {
                    change::insert(&core, &tx, &by, &new, hash).await?;
                }
                Ok::<_, Error>(())
            })
            .await?;
        Ok((report, made))
    }

    async fn check_sheet(&self, by: &Officer, bytes: Vec<u8>) -> Result<Checked, ImportError> {
        if !by.has(crate::rights::Right::StaffManage) {
            return Err(Error::from(Shared::Forbidden).into());
        }
        let sheet = tokio::task::spawn_blocking(move || Table::read(&bytes, MOST_ROWS))
            .await
            .map_err(|_| Error::from(Shared::Internal("a spreadsheet reader ended early")))?
            .map_err(ImportError::Sheet)?;
        for needed in [&NAME[..], &USERNAME, &UNIT, &ROLE] {
            if !needed.iter().any(|h| sheet.has(h)) {
                return Err(ImportError::Column(needed[0]));
            }
        }
        let (names, phones) = self.taken().await?;
        let units = self.unit_names();
        let mut seen_names: HashSet<String> = HashSet::new();
        let mut seen_phones: HashSet<String> = HashSet::new();
        let mut out = Checked { report: DryRun::default(), good: Vec::new() };
        for row in &sheet.rows {
            let mut errors = Vec::new();
            let full_name = FullName::parse(row.get(&NAME)).map_err(|e| errors.push(e.key)).ok();
            let username = Username::parse(row.get(&USERNAME)).map_err(|e| errors.push(e.key)).ok();
            if let Some(name) = &username {
                if names.contains(name.as_str()) {
                    errors.push("username-taken");
                }
                if !seen_names.insert(name.as_str().to_owned()) {
                    errors.push("row-double-username");
                }
            }
            let phone = read_phone(row.get(&PHONE)).map_err(|key| errors.push(key)).ok().flatten();
            if let Some(phone) = &phone {
                if phones.contains(phone.as_e164()) {
                    errors.push("phone-taken");
                }
                if !seen_phones.insert(phone.as_e164().to_owned()) {
                    errors.push("row-double-phone");
                }
            }
            let title = row.get(&TITLE).to_owned();
            if title.chars().count() > 120 {
                errors.push("title-long");
            }
            let unit = units.get(&fold(row.get(&UNIT))).cloned();
            if unit.is_none() {
                errors.push("unit-unknown");
            }
            let role = self.read_role(row.get(&ROLE));
            if role.is_none() {
                errors.push("role-unknown");
            }
            if let (Some(unit), Some(role)) = (&unit, role) {
                match self.check_grant(by, unit, role) {
                    Ok(()) => {}
                    Err(Error::Shared(Shared::Invalid(fields))) => errors.extend(fields.iter().map(|f| f.key)),
                    Err(_) => errors.push("role-not-yours"),
                }
            }
            if let (true, Some(full_name), Some(username), Some(unit), Some(role)) =
                (errors.is_empty(), full_name, username, unit, role)
            {
                out.good.push(NewStaff { full_name, username, title, phone, unit, role });
            }
            out.report.rows.push(RowReport {
                row: row.number,
                name: row.get(&NAME).to_owned(),
                username: row.get(&USERNAME).to_owned(),
                errors,
            });
        }
        out.report.good = out.good.len();
        Ok(out)
    }

    /// Usernames of everybody and phones of staff.
    async fn taken(&self) -> Result<(HashSet<String>, HashSet<String>), Error> {
        let db = self.accounts.core().store.read();
        let names: Vec<String> =
            Sql::new("SELECT username FROM account WHERE username IS NOT NULL").scalars(db).await?;
        let phones: Vec<String> =
            Sql::new("SELECT phone FROM account WHERE kind = 'staff' AND phone IS NOT NULL").scalars(db).await?;
        Ok((names.into_iter().collect(), phones.into_iter().collect()))
    }

    /// Units by code and by name, folded; `*` and the province's name are the province.
    fn unit_names(&self) -> HashMap<String, String> {
        let province = self.accounts.core().province();
        let mut out = HashMap::new();
        for unit in &province.pack.units {
            for name in [unit.code.clone(), unit.full_name(Lang::VI), province.unit_name(&unit.code, Lang::VI)] {
                out.insert(fold(&name), unit.code.clone());
            }
        }
        for agency in &province.pack.agencies {
            for name in [&agency.code, &agency.name, &agency.short_name] {
                out.insert(fold(name), agency.code.clone());
            }
        }
        for name in ["toàn tỉnh", province.pack.province.name.vi.as_str()] {
            out.insert(fold(name), "*".into());
        }
        // Folding leaves nothing of `*`; an empty cell must not mean the province.
        out.remove("");
        out
    }

    /// A role by its code or its name in any language.
    fn read_role(&self, typed: &str) -> Option<Role> {
        let core = self.accounts.core();
        let typed = fold(typed);
        let speakers: Vec<Speaker> = core.texts.languages().into_iter().map(|l| core.speaker(l)).collect();
        Role::ALL
            .into_iter()
            .find(|role| typed == fold(role.as_str()) || speakers.iter().any(|s| typed == fold(&s.t(&role_key(*role)))))
    }

    /// Everybody this officer may see, a line for each role. Errors: `Forbidden`.
    pub async fn export(&self, by: &Officer, lang: Lang) -> Result<Vec<u8>, ImportError> {
        let members = self.visible(by).await?;
        let core = self.accounts.core().clone();
        let (speaker, province) = (core.speaker(lang), core.province());
        let headers: Vec<String> = [
            NAME[0],
            USERNAME[0],
            PHONE[0],
            TITLE[0],
            UNIT[0],
            "Tên đơn vị",
            ROLE[0],
            "Hoạt động",
            "Xác thực hai bước",
        ]
        .into_iter()
        .map(str::to_owned)
        .collect();
        let mut rows = Vec::new();
        for m in &members {
            let phone =
                m.phone.as_deref().and_then(|p| PhoneNumber::parse(p).ok()).map(|p| p.national()).unwrap_or_default();
            let yes = |b: bool| speaker.t(if b { "yes" } else { "no" }).into_owned();
            let mut line = |unit: &str, unit_name: String, role: String| {
                rows.push(vec![
                    m.full_name.clone(),
                    m.username.clone(),
                    phone.clone(),
                    m.title.clone(),
                    unit.to_owned(),
                    unit_name,
                    role,
                    yes(m.active),
                    yes(m.has_factor),
                ]);
            };
            if m.grants.is_empty() {
                line("", String::new(), String::new());
            }
            for g in &m.grants {
                let unit = if g.unit == "*" { "toàn tỉnh" } else { &g.unit };
                line(unit, province.unit_name(&g.unit, lang), speaker.t(&role_key(g.role)).into_owned());
            }
        }
        tokio::task::spawn_blocking(move || sheets::write("Cán bộ", &headers, &rows))
            .await
            .map_err(|_| Error::from(Shared::Internal("a spreadsheet writer ended early")))?
            .map_err(|e| Error::from(e).into())
    }

    /// The first passwords of an import as a sheet, to be handed over and destroyed.
    pub fn password_sheet(made: &[Made]) -> Result<Vec<u8>, Error> {
        let headers: Vec<String> = [NAME[0], USERNAME[0], "Mật khẩu lần đầu"].into_iter().map(str::to_owned).collect();
        let rows: Vec<Vec<String>> =
            made.iter().map(|m| vec![m.name.clone(), m.username.clone(), m.password.expose().to_owned()]).collect();
        Ok(sheets::write("Cán bộ", &headers, &rows)?)
    }
}

/// The text key of a role's name.
pub fn role_key(role: Role) -> String {
    format!("role-{}", role.as_str())
}

/// A phone cell; a program that took it for a number has eaten the leading zero. Empty is no phone.
fn read_phone(cell: &str) -> Result<Option<PhoneNumber>, &'static str> {
    if cell.trim().is_empty() {
        return Ok(None);
    }
    let eaten = cell.len() == 9 && cell.bytes().all(|b| b.is_ascii_digit());
    let typed = if eaten { format!("0{cell}") } else { cell.to_owned() };
    PhoneNumber::parse(&typed).map(Some).map_err(|e| match e {
        base::phone::BadPhone::Landline => "phone-landline",
        base::phone::BadPhone::Foreign => "phone-foreign",
        _ => "phone-invalid",
    })
}
