//! Who knocks: address, browser, and the label people see in «Thiết bị đăng nhập».

use base::keys::{Keys, Purpose};
use std::{fmt, net::IpAddr};

/// A visitor of a sign-in page. `Debug` hides the address.
#[derive(Clone)]
pub struct Visitor {
    address: IpAddr,
    /// The browser's own long-lived mark (a cookie): random, says nothing about the person.
    mark: Option<String>,
    /// `Chrome, Android`
    pub label: String,
}

impl Visitor {
    pub fn new(address: IpAddr, mark: Option<String>, user_agent: &str) -> Self {
        let mark = mark.filter(|m| (16..=128).contains(&m.len()));
        Self { address, mark, label: label(user_agent) }
    }

    /// Whence the browser comes, for a payment gateway that wants to know it (P2).
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// What limits count by: an IPv4 address, or the /64 of an IPv6 one, which is one household or phone.
    pub(crate) fn address_group(&self) -> String {
        match self.address.to_canonical() {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => format!("{:x?}", &v6.segments()[..4]),
        }
    }

    /// The keyed hash of the browser's mark, as kept beside a session.
    pub(crate) fn device_key(&self, keys: &Keys) -> Option<Vec<u8>> {
        self.mark.as_ref().map(|mark| keys.hash(Purpose::Session, &[b"device", mark.as_bytes()]).to_vec())
    }
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Visitor({})", self.label)
    }
}

/// Browser and system of a User-Agent, enough to recognise one's own phone. Unknown parts are left out; nothing of the
/// header itself is kept.
pub fn label(user_agent: &str) -> String {
    // The order matters: Edge and Opera also say Chrome, Chrome also says Safari, Android also says Linux.
    const BROWSERS: [(&str, &str); 13] = [
        ("Zalo", "Zalo"),
        ("FBAN", "Facebook"),
        ("FBAV", "Facebook"),
        ("coc_coc_browser", "Cốc Cốc"),
        ("CocCoc", "Cốc Cốc"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("FxiOS", "Firefox"),
        ("Firefox", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 8] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"),
        ("Macintosh", "macOS"),
        ("Linux", "Linux"),
    ];
    let head = user_agent.get(..user_agent.len().min(512)).unwrap_or("");
    let find =
        |table: &[(&str, &'static str)]| table.iter().find(|(mark, _)| head.contains(mark)).map(|(_, name)| *name);
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a8_devices_get_a_name_that_their_owner_knows() {
        let cases = [
            (
                "Mozilla/5.0 (Linux; Android 14; SM-A156E) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
                "Chrome, Android",
            ),
            (
                "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
                "Samsung Internet, Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0",
                "Edge, Windows",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox, Linux"),
            ("curl/8.5", ""),
            ("", ""),
        ];
        for (agent, name) in cases {
            assert_eq!(label(agent), name, "{agent}");
        }
    }

    #[test]
    fn a4_an_ipv6_household_counts_as_one() {
        let at = |ip: &str| Visitor::new(ip.parse().unwrap(), None, "").address_group();
        assert_eq!(at("2001:db8:1:2:3:4:5:6"), at("2001:db8:1:2:ffff::1"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_eq!(at("::ffff:203.0.113.9"), at("203.0.113.9"));
    }
}
