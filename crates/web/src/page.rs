//! What every page is given: language, names, time, who is signed in. Templates call it `p`.

use crate::assets;
use askama::FastWritable;
use base::{
    clock::Millis,
    i18n::{Lang, Speaker},
    show,
};
use domain::{organizations::Behalf, province::Province};
use std::{
    borrow::{Borrow, Cow},
    fmt,
    sync::Arc,
};

/// Who is signed in, as far as a page shows it.
#[derive(Debug, Clone)]
pub struct Shown {
    pub unread: i64,
}

/// For whom somebody acts (A19): said at the top of every page.
#[derive(Debug, Clone)]
pub struct ActingFor {
    /// Empty for somebody without an account who said none.
    pub name: String,
    /// It is an officer who writes down what the person says.
    pub at_desk: bool,
}

impl ActingFor {
    /// «Đang làm thay cho …»
    pub fn says(&self, p: &Page) -> String {
        match (self.at_desk, self.name.is_empty()) {
            (false, _) => p.t1("acting-for", "name", &self.name),
            (true, false) => p.t1("acting-desk", "name", &self.name),
            (true, true) => p.t("acting-desk-nameless").into_owned(),
        }
    }

    pub fn stop(&self, p: &Page) -> String {
        p.t(if self.at_desk { "acting-desk-stop" } else { "acting-stop" }).into_owned()
    }

    pub fn stop_long(&self, p: &Page) -> String {
        p.t(if self.at_desk { "acting-desk-stop" } else { "acting-stop-long" }).into_owned()
    }
}

#[derive(Clone)]
pub struct Page {
    pub l: Speaker,
    pub province: Arc<Province>,
    pub now: Millis,
    pub demo: bool,
    /// Where the sandbox's phone inbox is, in the demo.
    pub inbox: Option<String>,
    /// `home`, `notices`, `account` or empty: the tab that is lit.
    pub tab: &'static str,
    pub who: Option<Shown>,
    /// A guest: a phone was proven, nobody is signed in (R3).
    pub guest: bool,
    /// Somebody acts for another person; everything else of the page is that person's.
    pub acting: Option<ActingFor>,
    /// The organisation that the person works for in this session (A11).
    pub behalf: Option<Behalf>,
    /// The anti-forgery token for this page's forms; empty when nobody is signed in.
    pub csrf: String,
    /// A mark of the account that says nothing about it; empty when nobody is signed in. The phone writes it beside what it
    /// keeps, so that a report never leaves under the name of the next person on it (R2).
    pub owner: String,
    /// 100, 125 or 150.
    pub text_size: u16,
    /// The address of this page, path and query: where to come back to.
    pub path: String,
    /// A message left by the page before: text key.
    pub flash: Option<String>,
    /// The ground of maps, where the operator chose one.
    pub tiles: Option<Arc<crate::state::Tiles>>,
}

impl Page {
    pub fn t(&self, key: &str) -> Cow<'_, str> {
        self.l.t(key)
    }

    /// A text with one argument.
    pub fn t1(&self, key: &str, name: &str, value: impl fmt::Display) -> String {
        self.l.ta(key, &[(name, &value.to_string())])
    }

    /// A text with two arguments.
    pub fn t2(&self, key: &str, n1: &str, v1: impl fmt::Display, n2: &str, v2: impl fmt::Display) -> String {
        self.l.ta(key, &[(n1, &v1.to_string()), (n2, &v2.to_string())])
    }

    /// A text with a number that decides its form. Templates hand over references, handlers numbers.
    pub fn tn(&self, key: &str, n: impl Borrow<i64>) -> String {
        let n = *n.borrow();
        self.l.t2(key, "n", n, "shown", self.number(n))
    }

    pub fn lang(&self) -> Lang {
        self.l.lang
    }

    pub fn is_vietnamese(&self) -> bool {
        self.l.lang == Lang::VI
    }

    /// This page in another language; what else its address asks for stays.
    pub fn in_language(&self, lang: &str) -> String {
        let query = self.path.split_once('?').map_or("", |(_, query)| query);
        let others = query.split('&').filter(|part| !part.is_empty() && !part.starts_with("lang="));
        let mut address = others.fold(String::from("?"), |address, part| address + part + "&");
        address.push_str("lang=");
        address + lang
    }

    /// An icon of the sprite; always beside words.
    pub fn i<'a>(&self, name: &'a str) -> Icon<'a> {
        Icon(name)
    }

    pub fn asset(&self, name: &str) -> &'static str {
        assets::url(name)
    }

    pub fn app_name(&self) -> &str {
        self.province.pack.province.app_name.get(self.lang())
    }

    pub fn province_name(&self) -> &str {
        self.province.pack.province.name.get(self.lang())
    }

    pub fn unit_name(&self, code: &str) -> String {
        self.province.unit_name(code, self.lang())
    }

    pub fn commune_name(&self, code: &Option<String>) -> String {
        self.province.commune_name(code.as_deref(), self.lang())
    }

    /// Whether the words for a place end with its commune already.
    pub fn says_commune(&self, address: &str, commune: &Option<String>) -> bool {
        let name = self.province.commune_name(commune.as_deref(), Lang::VI).to_lowercase();
        !name.is_empty() && address.trim_end_matches(['.', ' ']).to_lowercase().ends_with(&name)
    }

    /// Where something happened, in words: who wrote the commune's name does not read it twice.
    pub fn place_in_words(&self, address: &str, commune: &Option<String>) -> String {
        let name = self.commune_name(commune);
        match (address.is_empty(), name.is_empty() || self.says_commune(address, commune)) {
            (true, _) => name,
            (false, true) => address.to_owned(),
            (false, false) => format!("{address}, {name}"),
        }
    }

    pub fn category_name(&self, code: &str) -> String {
        self.province.category_name(code, self.lang())
    }

    pub fn is_national(&self) -> bool {
        self.province.pack.province.is_national()
    }

    /// Whether this page is the one at `path` or below it.
    pub fn is_at(&self, path: &str) -> bool {
        self.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    }

    pub fn has_module(&self, name: &str) -> bool {
        self.province.pack.province.modules.iter().any(|m| m == name)
    }

    /// `08:15, thứ Hai 30/03/2026`
    pub fn long_time(&self, at: &Millis) -> String {
        format!("{}, {} {}", show::time(*at), show::weekday(*at, self.lang()), show::date(*at))
    }

    /// `08:15 30/03/2026`
    pub fn date_time(&self, at: &Millis) -> String {
        show::date_time(*at)
    }

    pub fn date(&self, at: &Millis) -> String {
        show::date(*at)
    }

    /// For `<time datetime>`.
    pub fn iso(&self, at: &Millis) -> String {
        show::rfc3339(*at)
    }

    /// `thứ Hai, 30/03/2026`
    pub fn today(&self) -> String {
        format!("{}, {}", show::weekday(self.now, self.lang()), show::date(self.now))
    }

    pub fn number(&self, n: i64) -> String {
        show::number(n, self.lang())
    }

    /// A sentence that may name a report: its code is not broken over two lines.
    pub fn kept<'a>(&self, text: &'a (impl AsRef<str> + ?Sized)) -> Kept<'a> {
        Kept(text.as_ref())
    }

    /// A report's code as people read it.
    pub fn code(&self, code: &str) -> String {
        base::code::Code::parse(code).map_or_else(|_| code.to_owned(), |c| c.to_string())
    }
}

/// A sentence in which a report's code stays in one line wherever one line can hold it.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a>(&'a str);

/// How long a shown code is: `PA-123-456-7890`.
const SHOWN_CODE: usize = 15;

impl FastWritable for Kept<'_> {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        write!(dest, "{self}").map_err(Into::into)
    }
}

impl fmt::Display for Kept<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |f: &mut fmt::Formatter<'_>, text: &str| {
            text.chars().try_for_each(|c| match c {
                '&' => f.write_str("&#38;"),
                '<' => f.write_str("&#60;"),
                '>' => f.write_str("&#62;"),
                '"' => f.write_str("&#34;"),
                '\'' => f.write_str("&#39;"),
                c => write!(f, "{c}"),
            })
        };
        let mut rest = self.0;
        while let Some(at) = rest.find("PA-") {
            let shown = rest.get(at..at + SHOWN_CODE).filter(|shown| {
                let shape = |(i, c): (usize, char)| {
                    if matches!(i, 2 | 6 | 10) { c == '-' } else { i < 2 || c.is_ascii_digit() }
                };
                shown.chars().enumerate().all(shape)
            });
            let end = at + shown.map_or("PA-".len(), str::len);
            match shown {
                Some(shown) => {
                    plain(f, &rest[..at])?;
                    write!(f, "<span class=\"kept\">{shown}</span>")?;
                }
                None => plain(f, &rest[..end])?,
            }
            rest = &rest[end..];
        }
        plain(f, rest)
    }
}

impl askama::filters::HtmlSafe for Kept<'_> {}

/// An icon of the sprite; writes its own markup and is therefore not escaped.
#[derive(Debug, Clone, Copy)]
pub struct Icon<'a>(&'a str);

impl fmt::Display for Icon<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names come from templates and from packs, which are checked: letters, digits and dashes.
        let name: String = self.0.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        write!(
            f,
            "<svg class=\"i\" aria-hidden=\"true\" focusable=\"false\"><use href=\"{}#{name}\"/></svg>",
            assets::url("icons.svg")
        )
    }
}

impl FastWritable for Icon<'_> {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        write!(dest, "{self}").map_err(Into::into)
    }
}

impl askama::filters::HtmlSafe for Icon<'_> {}
