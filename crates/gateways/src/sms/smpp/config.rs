//! How to reach an operator's SMSC, checked with every error at once.

use std::fmt;

use serde::Deserialize;

/// One bind to one operator. All times are whole seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmppConfig {
    pub host: String,
    #[serde(default = "default::port")]
    pub port: u16,
    /// At most 15 ASCII characters.
    pub system_id: String,
    /// At most 8 ASCII characters: SMPP has no room for more.
    pub password: Secret,
    /// At most 12 ASCII characters; most operators want it empty.
    #[serde(default)]
    pub system_type: String,
    /// The sender that phones show: a name of at most 11 characters (brandname) with TON 5, or a number.
    pub source_addr: String,
    /// Type of number of the sender: 5 alphanumeric, 1 international, 3 network specific (short codes), 0 unknown.
    #[serde(default = "default::source_ton")]
    pub source_ton: u8,
    /// Numbering plan of the sender: 0 unknown (names), 1 ISDN (numbers).
    #[serde(default)]
    pub source_npi: u8,
    /// Requests without an answer that may be under way, 1 to 1,000.
    #[serde(default = "default::window")]
    pub window: usize,
    /// Parts a second the contract allows, 1 to 10,000. Parts, not messages: operators count those.
    #[serde(default = "default::rate_per_second")]
    pub rate_per_second: u32,
    /// Silence after which the link is tested, 1 to 3,600.
    #[serde(default = "default::enquire_seconds")]
    pub enquire_seconds: u64,
    /// Time-out of an answer, 1 to 600.
    #[serde(default = "default::response_seconds")]
    pub response_seconds: u64,
    /// How texts longer than one part travel.
    #[serde(default)]
    pub long: Long,
    /// Parts one message may have, 1 to 255.
    #[serde(default = "default::max_parts")]
    pub max_parts: u8,
    /// Whether submits carry `user_message_reference`, which finds messages whose answer was lost. Off only for an operator that
    /// refuses optional parameters.
    #[serde(default = "default::reference")]
    pub reference: bool,
}

/// How a long text travels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Long {
    /// Several submits with a user data header: every operator takes it.
    #[default]
    Udh,
    /// One submit with the `message_payload` parameter; the operator cuts it.
    Payload,
}

/// A text that `Debug` and errors never show.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// One thing wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("sms.{field}: {problem}")]
pub struct ConfigError {
    /// The key in the file, such as `system_id`.
    pub field: &'static str,
    pub problem: String,
}

impl SmppConfig {
    /// A bind with the usual settings, for demos and tests.
    pub fn new(host: &str, port: u16, system_id: &str, password: &str, source_addr: &str) -> Self {
        Self {
            host: host.into(),
            port,
            system_id: system_id.into(),
            password: Secret::new(password),
            system_type: String::new(),
            source_addr: source_addr.into(),
            source_ton: default::source_ton(),
            source_npi: 0,
            window: default::window(),
            rate_per_second: default::rate_per_second(),
            enquire_seconds: default::enquire_seconds(),
            response_seconds: default::response_seconds(),
            long: Long::default(),
            max_parts: default::max_parts(),
            reference: default::reference(),
        }
    }

    /// Every problem, not only the first. Never shows the password.
    pub fn validate(&self) -> Result<(), Vec<ConfigError>> {
        let mut errors = Vec::new();
        let mut check = |field: &'static str, ok: bool, problem: &str| {
            if !ok {
                errors.push(ConfigError { field, problem: problem.into() });
            }
        };
        check("host", !self.host.trim().is_empty(), "a host name or address is needed");
        check("port", self.port != 0, "0 is not a port");
        check("system_id", printable(&self.system_id, 1, 15), "1 to 15 ASCII characters are needed");
        check("password", printable(self.password.reveal(), 0, 8), "at most 8 ASCII characters fit into SMPP");
        check("system_type", printable(&self.system_type, 0, 12), "at most 12 ASCII characters fit into SMPP");
        let (longest, problem) = match self.source_ton {
            ALPHANUMERIC => (11, "1 to 11 ASCII characters are needed for a name (TON 5)"),
            _ => (20, "1 to 20 ASCII characters are needed"),
        };
        check("source_addr", printable(&self.source_addr, 1, longest), problem);
        check("source_ton", self.source_ton <= 6, "must be 0 to 6");
        check("source_npi", self.source_npi <= 18, "must be 0 to 18");
        check("window", (1..=1_000).contains(&self.window), "must be 1 to 1,000");
        check("rate_per_second", (1..=10_000).contains(&self.rate_per_second), "must be 1 to 10,000");
        check("enquire_seconds", (1..=3_600).contains(&self.enquire_seconds), "must be 1 to 3,600");
        check("response_seconds", (1..=600).contains(&self.response_seconds), "must be 1 to 600");
        check("max_parts", self.max_parts >= 1, "must be 1 to 255");
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// Type of number of a brandname.
const ALPHANUMERIC: u8 = 5;

fn printable(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|b| (0x20..0x7f).contains(&b))
}

mod default {
    pub const fn port() -> u16 {
        2775 // registered with IANA for SMPP
    }
    pub const fn source_ton() -> u8 {
        super::ALPHANUMERIC
    }
    pub const fn window() -> usize {
        10
    }
    pub const fn rate_per_second() -> u32 {
        50
    }
    pub const fn enquire_seconds() -> u64 {
        30
    }
    pub const fn response_seconds() -> u64 {
        10
    }
    pub const fn max_parts() -> u8 {
        10
    }
    pub const fn reference() -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_of_a_configuration_is_listed_at_once_without_the_password() {
        let config = SmppConfig {
            system_id: String::new(),
            password: Secret::new("rất-dài-quá"),
            source_addr: "UBND TINH QUANG TRI".into(),
            window: 0,
            rate_per_second: 0,
            ..SmppConfig::new(" ", 0, "", "", "")
        };
        let errors = config.validate().unwrap_err();
        let fields: Vec<_> = errors.iter().map(|e| e.field).collect();
        assert_eq!(fields, ["host", "port", "system_id", "password", "source_addr", "window", "rate_per_second"]);
        assert_eq!(errors[1].to_string(), "sms.port: 0 is not a port");
        assert!(!format!("{config:?}{errors:?}").contains("dài"));
    }

    #[test]
    fn a_short_file_is_enough_and_unknown_keys_are_errors() {
        let json = r#"{"host":"smsc","system_id":"qt","password":"p","source_addr":"QUANGTRI"}"#;
        let config: SmppConfig = serde_json::from_str(json).unwrap();
        assert!(config.validate().is_ok());
        assert_eq!((config.port, config.window, config.long), (2775, 10, Long::Udh));
        assert!(serde_json::from_str::<SmppConfig>(&json.replace("host", "hots")).is_err());
    }
}
