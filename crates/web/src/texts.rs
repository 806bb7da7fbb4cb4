//! The Fluent files of pages, one a feature and language, beside the templates' names.

use base::i18n::Lang;

macro_rules! texts {
    ($($name:literal),* $(,)?) => {
        /// (language, name for error messages, text)
        pub fn sources() -> Vec<(Lang, &'static str, &'static str)> {
            let mut all = vec![$(
                (Lang::VI, concat!("web/vi/", $name, ".ftl"), include_str!(concat!("../texts/vi/", $name, ".ftl"))),
                (Lang::EN, concat!("web/en/", $name, ".ftl"), include_str!(concat!("../texts/en/", $name, ".ftl"))),
            )*];
            // The one page that the provider draws itself.
            all.extend(identity::text_sources());
            all
        }
    };
}

texts![
    "common",
    "home",
    "accounts",
    "reports",
    "outbox",
    "moderation",
    "public",
    "staff",
    "staff-admin",
    "officers",
    "desk",
    "open",
    "guests",
    "behalf",
    "linked",
    "verify",
    "levels",
    "procedures",
    "national",
    "banks",
    "documents",
    "utilities",
    "dossiers",
    "payments",
    "population",
    "register",
    "signature",
    "organizations",
    "staff-linked",
    "staff-systems",
    "helping",
    "intake",
    "release"
];
