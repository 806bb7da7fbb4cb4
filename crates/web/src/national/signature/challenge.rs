//! The text that is signed: readable by who signs it, and bound to one browser's flow, this portal, its purpose and ten minutes.

use crate::state::Web;
use base::{i18n::Lang, i18n::Speaker, show};
use domain::accounts::Flow;

/// The text of a flow, always the same one: in the language that was spoken when it began.
pub fn text(web: &Web, flow: &Flow) -> String {
    let lang = Lang::parse(flow.text("lang")).unwrap_or(Lang::VI);
    let l = Speaker::new(web.core.texts.clone(), lang);
    let when = |at| format!("{} {}", show::time(at), show::date(at));
    let (from, until, id) = (when(flow.created_at), when(flow.expires_at), flow.id.to_string());
    let why = l.t(&format!("sign-why-{}", flow.text("why"))).into_owned();
    let province = web.core.province();
    let args = [
        ("site", province.pack.province.app_name.get(lang)),
        ("origin", web.core.settings.origin.as_str()),
        ("why", &why),
        ("from", &from),
        ("until", &until),
        ("flow", &id),
        ("nonce", flow.text("nonce")),
    ];
    let text = l.ta("sign-challenge", &args);
    // Software that takes it for a letter writes line ends so before it signs; software that does not leaves them alone.
    text.lines().flat_map(|line| [line.trim_end(), "\r\n"]).collect()
}

/// `ky-so-0193a4.txt`: two texts of one day do not overwrite each other.
pub fn file_name(flow: &Flow) -> String {
    let id = flow.id.simple().to_string();
    format!("ky-so-{}.txt", &id[id.len() - 6..])
}
