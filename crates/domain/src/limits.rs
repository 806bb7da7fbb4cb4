//! Limits (giới hạn số lần): counters in the database, so that they survive a restart and hold on every node. Keys are keyed
//! hashes: nobody reads phones or addresses out of the table.
//!
//! A counter that must stay although the act was refused (a wrong code) belongs into a unit of work that answers `Ok`.

use base::{
    clock::{DAY, HOUR, MINUTE, Millis},
    keys::{Keys, Purpose},
};
use store::{Error, Sql, Tx};

/// One limit: at most `most` within each window.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub name: &'static str,
    pub most: i64,
    pub window: Millis,
}

/// SMS to one phone, an hour and a day (facts/identity).
pub const SMS_PER_PHONE_HOUR: Limit = Limit { name: "sms_phone_hour", most: 5, window: HOUR };
pub const SMS_PER_PHONE_DAY: Limit = Limit { name: "sms_phone_day", most: 10, window: DAY };
/// Mobile networks put many people behind one address, so loosely.
pub const SMS_PER_ADDRESS: Limit = Limit { name: "sms_address", most: 60, window: HOUR };
/// Without the proof of work (no JavaScript) an address gets fewer.
pub const SMS_PER_ADDRESS_UNPROVED: Limit = Limit { name: "sms_address_unproved", most: 20, window: HOUR };
pub const SMS_PER_DEVICE: Limit = Limit { name: "sms_device", most: 10, window: HOUR };
/// Codes that one officer has sent to people at the desk (A19).
pub const SMS_PER_OFFICER_HOUR: Limit = Limit { name: "sms_officer", most: 40, window: HOUR };
/// Wrong codes of one identity across all its codes (A4).
pub const WRONG_OTP: Limit = Limit { name: "otp_wrong", most: 10, window: HOUR };
/// Wrong second factors of one account.
pub const WRONG_FACTOR: Limit = Limit { name: "factor_wrong", most: 10, window: HOUR };
/// Password tries from one address.
pub const LOGIN_PER_ADDRESS: Limit = Limit { name: "login_address", most: 300, window: 10 * MINUTE };
/// Cards that one person shows or types, right or wrong (A7): a blurred photo may take several.
pub const CARDS_PER_PERSON_DAY: Limit = Limit { name: "cards_day", most: 30, window: DAY };
pub const CARDS_PER_ADDRESS: Limit = Limit { name: "cards_address", most: 300, window: HOUR };
/// Questions to the population registry (A7): nobody may try out whose number belongs to which name.
pub const QUESTIONS_PER_PERSON_DAY: Limit = Limit { name: "registry_day", most: 5, window: DAY };
/// Mobile networks and commune offices put many people behind one address, so loosely.
pub const QUESTIONS_PER_ADDRESS_DAY: Limit = Limit { name: "registry_address", most: 200, window: DAY };
/// Personal numbers that one address asks to register: the answer says whether one has an account (N2).
pub const NUMBERS_PER_ADDRESS: Limit = Limit { name: "numbers_address", most: 20, window: HOUR };
/// Usernames that one address asks for: the answer says whether one is taken (A10).
pub const USERNAMES_PER_ADDRESS: Limit = Limit { name: "usernames_address", most: 60, window: HOUR };
/// Questions to an authority about one personal number, whoever asks (N2, N3): a code of the post must not be found by trying.
pub const VOUCHING_PER_NUMBER_DAY: Limit = Limit { name: "vouching_day", most: 10, window: DAY };
/// Signature files that one address hands in (N4): each costs arithmetic and questions to an authority.
pub const SIGNATURES_PER_ADDRESS: Limit = Limit { name: "signatures_address", most: 60, window: HOUR };
/// Requests to sign that go to one person's phone (N4), whoever asks for them.
pub const REMOTE_PER_NUMBER: Limit = Limit { name: "remote_number", most: 5, window: HOUR };
/// People whom one person invites to organisations, and invitations to one phone, whoever sends them (A11): each is an SMS.
pub const INVITATIONS_PER_PERSON_DAY: Limit = Limit { name: "invitations_day", most: 30, window: DAY };
pub const INVITATIONS_PER_PHONE_DAY: Limit = Limit { name: "invitations_phone", most: 5, window: DAY };
/// Codes of a hand-over that one address tries (A19): each has sixty bits, so this is for the noise.
pub const HAND_OVERS_PER_ADDRESS: Limit = Limit { name: "hand_overs_address", most: 20, window: HOUR };
/// Reports of one person (R11).
pub const REPORTS_PER_PERSON_HOUR: Limit = Limit { name: "reports_hour", most: 10, window: HOUR };
pub const REPORTS_PER_PERSON_DAY: Limit = Limit { name: "reports_day", most: 30, window: DAY };
/// Reports that one officer writes down for others, and people without a phone for whom they do (A19).
pub const REPORTS_PER_OFFICER_HOUR: Limit = Limit { name: "reports_officer", most: 40, window: HOUR };
pub const NAMELESS_PER_OFFICER_DAY: Limit = Limit { name: "nameless_officer", most: 100, window: DAY };
/// Personal numbers that one officer asks for at the desk, and those they release (A7): nobody tries numbers through.
pub const NUMBERS_PER_OFFICER_DAY: Limit = Limit { name: "numbers_officer", most: 20, window: DAY };
pub const RELEASES_PER_OFFICER_DAY: Limit = Limit { name: "releases_officer", most: 5, window: DAY };
/// Photos that one person begins to send in pieces (R2): those of all reports of a day, each begun twice.
pub const UPLOADS_PER_PERSON_DAY: Limit = Limit { name: "uploads_day", most: 300, window: DAY };
/// Videos that one person begins to send (R1): each may be thirty megabytes.
pub const VIDEOS_PER_PERSON_DAY: Limit = Limit { name: "videos_day", most: 30, window: DAY };
/// Papers that one person adds (N6): each may be a picture of fifty megapixels to draw anew.
pub const DOCUMENTS_PER_PERSON_DAY: Limit = Limit { name: "documents_day", most: 150, window: DAY };
/// «Báo nội dung không phù hợp» of one person (R11).
pub const FLAGS_PER_PERSON_DAY: Limit = Limit { name: "flags_day", most: 20, window: DAY };
/// SMS a day to one guest about reports of others that they follow.
pub const SMS_FOLLOWED_DAY: Limit = Limit { name: "sms_followed_day", most: 5, window: DAY };

/// Messages about dossiers that one connected system sends to the portal (N14); each holds up to a hundred.
pub const DOSSIER_PUSHES_PER_CLIENT: Limit = Limit { name: "dossier_pushes", most: 120, window: MINUTE };

/// Orders that one person begins at the payment gateway (P2).
pub const PAYMENTS_PER_PERSON_HOUR: Limit = Limit { name: "payments_hour", most: 30, window: HOUR };

/// Over the limit; again at this time (UTC milliseconds).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over {
    pub again_at: Millis,
}

/// Counts one and says whether it was too many.
pub async fn hit(tx: &Tx, keys: &Keys, limit: Limit, key: &[u8], now: Millis) -> Result<Result<(), Over>, Error> {
    let start = now - now.rem_euclid(limit.window);
    let hashed = keys.hash(Purpose::Limit, &[limit.name.as_bytes(), key]);
    let count: Option<i64> = Sql::new(
        "INSERT INTO limit_counter (name, key, window_start, count) VALUES ($1, $2, $3, 1)
         ON CONFLICT (name, key, window_start) DO UPDATE SET count = limit_counter.count + 1 RETURNING count",
    )
    .bind(limit.name)
    .bind(hashed.to_vec())
    .bind(start)
    .scalar(tx)
    .await?;
    Ok(if count.unwrap_or(i64::MAX) > limit.most { Err(Over { again_at: start + limit.window }) } else { Ok(()) })
}

/// Takes one count back: the try turned out right. Counting first and giving back keeps many tries at one moment honest.
pub async fn give_back(tx: &Tx, keys: &Keys, limit: Limit, key: &[u8], now: Millis) -> Result<(), Error> {
    let hashed = keys.hash(Purpose::Limit, &[limit.name.as_bytes(), key]);
    Sql::new(
        "UPDATE limit_counter SET count = count - 1 WHERE name = $1 AND key = $2 AND window_start = $3 AND count > 0",
    )
    .bind(limit.name)
    .bind(hashed.to_vec())
    .bind(now - now.rem_euclid(limit.window))
    .exec(tx)
    .await?;
    Ok(())
}

/// Looks without counting.
pub async fn check(
    db: &impl store::ConnectionTrait,
    keys: &Keys,
    limit: Limit,
    key: &[u8],
    now: Millis,
) -> Result<Result<(), Over>, Error> {
    let start = now - now.rem_euclid(limit.window);
    let hashed = keys.hash(Purpose::Limit, &[limit.name.as_bytes(), key]);
    let count: Option<i64> =
        Sql::new("SELECT count FROM limit_counter WHERE name = $1 AND key = $2 AND window_start = $3")
            .bind(limit.name)
            .bind(hashed.to_vec())
            .bind(start)
            .scalar(db)
            .await?;
    Ok(if count.unwrap_or(0) >= limit.most { Err(Over { again_at: start + limit.window }) } else { Ok(()) })
}

/// Forgets counters whose window is long over.
pub async fn sweep(tx: &Tx, now: Millis) -> Result<u64, Error> {
    Sql::new("DELETE FROM limit_counter WHERE window_start < $1").bind(now - 2 * DAY).exec(tx).await
}
