//! Texts that people read: Fluent files, one set per language, Vietnamese first. A province may override any text and add a
//! language by dropping a file (X4).

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use std::{borrow::Cow, collections::BTreeMap, fmt, sync::Arc};

/// A language tag of at most 8 ASCII letters, `vi`, `en`, `tay`… Small and `Copy`, so that it travels everywhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lang([u8; 8]);

impl Lang {
    pub const VI: Self = Self(*b"vi\0\0\0\0\0\0");
    pub const EN: Self = Self(*b"en\0\0\0\0\0\0");

    /// `None` when the tag is empty, longer than 8 or not lower-case ASCII letters and dashes.
    pub fn parse(tag: &str) -> Option<Self> {
        if tag.is_empty() || tag.len() > 8 || !tag.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') {
            return None;
        }
        let mut out = [0; 8];
        out[..tag.len()].copy_from_slice(tag.as_bytes());
        Some(Self(out))
    }

    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|b| *b == 0).unwrap_or(8);
        std::str::from_utf8(&self.0[..end]).unwrap_or("vi")
    }
}

impl fmt::Debug for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// All texts in all languages.
pub struct Texts {
    bundles: BTreeMap<Lang, FluentBundle<FluentResource>>,
}

impl Texts {
    /// Reads Fluent sources: (language, a name for error messages, text). A later source overrides an earlier one.
    /// Errors: every broken entry of every source, by name.
    pub fn load<'a>(sources: impl IntoIterator<Item = (Lang, &'a str, &'a str)>) -> Result<Self, Vec<String>> {
        let mut bundles: BTreeMap<Lang, FluentBundle<FluentResource>> = BTreeMap::new();
        let mut errors = Vec::new();
        for (lang, name, text) in sources {
            let resource = match FluentResource::try_new(text.to_owned()) {
                Ok(resource) => resource,
                Err((resource, broken)) => {
                    errors.extend(broken.iter().map(|e| format!("{name}: {e}")));
                    resource
                }
            };
            bundles
                .entry(lang)
                .or_insert_with(|| {
                    let tag = lang.as_str().parse().unwrap_or_else(|_| unic_langid::langid!("vi"));
                    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
                    bundle.set_use_isolating(false); // the invisible marks would end up in SMS and in copied text
                    bundle
                })
                .add_resource_overriding(resource);
        }
        if errors.is_empty() { Ok(Self { bundles }) } else { Err(errors) }
    }

    /// The languages that have texts, Vietnamese first.
    pub fn languages(&self) -> Vec<Lang> {
        let mut all: Vec<Lang> = self.bundles.keys().copied().collect();
        all.sort_by_key(|l| (*l != Lang::VI, *l));
        all
    }

    pub fn has(&self, lang: Lang, key: &str) -> bool {
        self.bundles.get(&lang).is_some_and(|b| b.has_message(key))
    }

    /// A text; falls back to Vietnamese, then to the key in angle brackets (tests look for those).
    pub fn get<'a>(&'a self, lang: Lang, key: &str, args: Option<&FluentArgs<'_>>) -> Cow<'a, str> {
        for lang in [lang, Lang::VI] {
            let Some(bundle) = self.bundles.get(&lang) else { continue };
            let Some(pattern) = bundle.get_message(key).and_then(|m| m.value()) else { continue };
            let mut errors = Vec::new();
            let text = bundle.format_pattern(pattern, args, &mut errors);
            // The pattern lives in the bundle, the arguments do not: a text made from them must be owned.
            return match text {
                Cow::Borrowed(text) if args.is_none() => Cow::Borrowed(text),
                text => Cow::Owned(text.into_owned()),
            };
        }
        Cow::Owned(format!("⟨{key}⟩"))
    }
}

/// The texts in one person's language: what templates and messages are given.
#[derive(Clone)]
pub struct Speaker {
    texts: Arc<Texts>,
    pub lang: Lang,
}

impl Speaker {
    pub fn new(texts: Arc<Texts>, lang: Lang) -> Self {
        Self { texts, lang }
    }

    pub fn texts(&self) -> &Arc<Texts> {
        &self.texts
    }

    /// The text of a key.
    pub fn t(&self, key: &str) -> Cow<'_, str> {
        self.texts.get(self.lang, key, None)
    }

    /// With one argument.
    pub fn t1<'a>(&'a self, key: &str, name: &'a str, value: impl Into<FluentValue<'a>>) -> String {
        let mut args = FluentArgs::new();
        args.set(name, value);
        self.texts.get(self.lang, key, Some(&args)).into_owned()
    }

    /// With two arguments.
    pub fn t2<'a>(
        &'a self,
        key: &str,
        n1: &'a str,
        v1: impl Into<FluentValue<'a>>,
        n2: &'a str,
        v2: impl Into<FluentValue<'a>>,
    ) -> String {
        let mut args = FluentArgs::new();
        args.set(n1, v1);
        args.set(n2, v2);
        self.texts.get(self.lang, key, Some(&args)).into_owned()
    }

    /// With any number of text arguments.
    pub fn ta(&self, key: &str, args: &[(&str, &str)]) -> String {
        let args: FluentArgs = args.iter().map(|(n, v)| (*n, FluentValue::from(*v))).collect();
        self.texts.get(self.lang, key, Some(&args)).into_owned()
    }

    pub fn has(&self, key: &str) -> bool {
        self.texts.has(self.lang, key) || self.texts.has(Lang::VI, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speaker(lang: Lang) -> Speaker {
        let texts = Texts::load([
            (Lang::VI, "a", "hello = Xin chào { $name }\nonly-vi = Chỉ có tiếng Việt"),
            (Lang::EN, "b", "hello = Hello { $name }"),
            (Lang::EN, "pack", "hello = Good day { $name }"),
        ])
        .unwrap();
        Speaker::new(Arc::new(texts), lang)
    }

    #[test]
    fn x4_texts_follow_the_language_and_fall_back_to_vietnamese() {
        assert_eq!(speaker(Lang::VI).t1("hello", "name", "Lan"), "Xin chào Lan");
        assert_eq!(speaker(Lang::EN).t1("hello", "name", "Lan"), "Good day Lan");
        assert_eq!(speaker(Lang::EN).t("only-vi"), "Chỉ có tiếng Việt");
        assert_eq!(speaker(Lang::EN).t("nothing"), "⟨nothing⟩");
    }

    #[test]
    fn broken_files_are_named() {
        let errors = Texts::load([(Lang::VI, "x.ftl", "= broken")]).err().unwrap();
        assert!(errors[0].starts_with("x.ftl"), "{errors:?}");
    }
}
