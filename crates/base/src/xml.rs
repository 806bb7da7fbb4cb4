//! Small XML documents of other systems, read strictly: bounded before anything is parsed, every name with its namespace, no document
//! type, no entities but the five that XML itself knows. So nothing can be drawn in from elsewhere or grow while it is read (XXE,
//! «billion laughs»). What is read is a tree of elements that hold either elements or text.

use quick_xml::{
    XmlVersion, escape,
    events::{BytesDecl, BytesStart, Event},
    name::{Namespace, ResolveResult},
    reader::NsReader,
};

/// What a document may have at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub bytes: usize,
    pub depth: usize,
    pub elements: usize,
}

impl Limits {
    /// A message of a few fields.
    pub const MESSAGE: Self = Self { bytes: 64 * 1024, depth: 16, elements: 500 };
}

/// A namespace, a name or an attribute longer than this is nobody's; each is copied, so this bounds the tree too.
const LONGEST_NAME: usize = 256;
const MOST_ATTRIBUTES: usize = 32;

/// Why a document is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadXml {
    #[error("too large")]
    TooLarge,
    #[error("not UTF-8")]
    NotUtf8,
    #[error("a document type")]
    DocumentType,
    #[error("an entity")]
    Entity,
    #[error("a processing instruction")]
    Instruction,
    #[error("text between elements")]
    Mixed,
    #[error("not well-formed")]
    Broken,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Empty: none.
    pub namespace: String,
    pub name: String,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Empty: none.
    pub namespace: String,
    pub name: String,
    /// Without the declarations of namespaces.
    pub attributes: Vec<Attribute>,
    pub children: Vec<Element>,
    /// As it stands there, spaces and all; empty beside children.
    pub text: String,
}

impl Element {
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    pub fn attribute(&self, namespace: &str, name: &str) -> Option<&str> {
        self.attributes.iter().find(|a| a.namespace == namespace && a.name == name).map(|a| a.value.as_str())
    }
}

/// The one element of a document. Errors: `BadXml`, which says nothing of what stood there.
pub fn read(document: &[u8], limits: Limits) -> Result<Element, BadXml> {
    if document.len() > limits.bytes {
        return Err(BadXml::TooLarge);
    }
    let text = std::str::from_utf8(document).map_err(|_| BadXml::NotUtf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = NsReader::from_str(text);
    reader.config_mut().check_comments = true;
    reader.resolver_mut().set_max_namespace_bindings(MOST_ATTRIBUTES);
    let mut tree = Tree { limits, open: Vec::new(), root: None, elements: 0 };
    for at in 0usize.. {
        match reader.read_event().map_err(|_| BadXml::Broken)? {
            Event::Start(start) => tree.open(element(&reader, &start)?)?,
            Event::Empty(start) => {
                tree.open(element(&reader, &start)?)?;
                tree.close()?;
            }
            Event::End(_) => tree.close()?,
            Event::Text(text) => tree.text(&text.xml10_content())?,
            Event::CData(text) => tree.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let char = reference.resolve_char_ref().map_err(|_| BadXml::Broken)?;
                match (char, escape::resolve_xml_entity(&reference)) {
                    (Some(char), _) => tree.text(char.encode_utf8(&mut [0; 4]))?,
                    (None, Some(known)) => tree.text(known)?,
                    (None, None) => return Err(BadXml::Entity),
                }
            }
            Event::Comment(_) => {}
            Event::Decl(declared) if at == 0 => check(&declared)?,
            Event::Decl(_) => return Err(BadXml::Broken),
            Event::PI(_) => return Err(BadXml::Instruction),
            Event::DocType(_) => return Err(BadXml::DocumentType),
            Event::Eof => break,
        }
    }
    tree.whole()
}

/// XML 1.0 in UTF-8, or without a word about it.
fn check(declared: &BytesDecl) -> Result<(), BadXml> {
    if declared.xml_version().ok() != Some(XmlVersion::Explicit1_0) {
        return Err(BadXml::Broken);
    }
    match declared.encoding() {
        None => Ok(()),
        Some(Ok(name)) if name.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(_) => Err(BadXml::NotUtf8),
    }
}

fn short(text: &str) -> Result<String, BadXml> {
    if text.len() > LONGEST_NAME { Err(BadXml::TooLarge) } else { Ok(text.to_owned()) }
}

fn namespace(resolved: &ResolveResult) -> Result<String, BadXml> {
    match resolved {
        ResolveResult::Bound(Namespace(name)) if name.contains('&') => Err(BadXml::Entity),
        ResolveResult::Bound(Namespace(name)) => short(name),
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Unknown(_) => Err(BadXml::Broken),
    }
}

fn element(reader: &NsReader<&[u8]>, start: &BytesStart) -> Result<Element, BadXml> {
    let (resolved, name) = reader.resolver().resolve_element(start.name());
    let (namespace_of, name) = (namespace(&resolved)?, short(name.as_ref())?);
    let mut attributes = Vec::new();
    for (at, attribute) in start.attributes().enumerate() {
        // Counted while they are compared with each other, so that many cost no more than that.
        let attribute = attribute.map_err(|_| BadXml::Broken)?;
        if at >= MOST_ATTRIBUTES {
            return Err(BadXml::TooLarge);
        }
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let value = escape::unescape(&attribute.value).map_err(|_| BadXml::Entity)?;
        let (resolved, name) = reader.resolver().resolve_attribute(attribute.key);
        let (namespace, name) = (namespace(&resolved)?, short(name.as_ref())?);
        attributes.push(Attribute { namespace, name, value: short(&value)? });
    }
    Ok(Element { namespace: namespace_of, name, attributes, children: Vec::new(), text: String::new() })
}

struct Tree {
    limits: Limits,
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Tree {
    fn open(&mut self, element: Element) -> Result<(), BadXml> {
        self.elements += 1;
        if self.elements > self.limits.elements || self.open.len() >= self.limits.depth {
            return Err(BadXml::TooLarge);
        }
        if self.root.is_some() || element.name.is_empty() {
            return Err(BadXml::Broken);
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) -> Result<(), BadXml> {
        let mut done = self.open.pop().ok_or(BadXml::Broken)?;
        if !done.children.is_empty() {
            if !is_blank(&done.text) {
                return Err(BadXml::Mixed);
            }
            done.text.clear();
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(done),
            None => self.root = Some(done),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), BadXml> {
        if text.contains(|c: char| {
            (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
        }) {
            return Err(BadXml::Broken);
        }
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if is_blank(text) => {}
            None => return Err(BadXml::Broken),
        }
        Ok(())
    }

    fn whole(self) -> Result<Element, BadXml> {
        if self.open.is_empty() { self.root.ok_or(BadXml::Broken) } else { Err(BadXml::Broken) }
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_whitespace())
}

/// A text as it stands between tags; what XML cannot hold must not be in it.
pub fn escaped(text: &str) -> String {
    escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(document: &str) -> Result<Element, BadXml> {
        read(document.as_bytes(), Limits::MESSAGE)
    }

    #[test]
    fn n16_names_have_their_namespace_whatever_the_prefix_is() {
        for document in [
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a:x xmlns:a=\"urn:1\"><a:y>R &amp; Đ&#7873;</a:y></a:x>\n<!-- end -->",
            "\u{feff}<x xmlns='urn:1'><!-- what --><y>R <![CDATA[&]]> Đề</y></x>",
            "<b:x xmlns:b='urn:2' xmlns:c='urn:3'><c:y xmlns:c='urn:1'>R &#x26; Đề</c:y></b:x>",
        ] {
            let root = told(document).unwrap();
            assert!(root.children[0].is("urn:1", "y"), "{document}");
            assert_eq!(root.children[0].text, "R & Đề");
            assert_eq!(root.text, "");
        }
        let root = told("<x xmlns:s='urn:s' s:must='1' must='&lt;0'/>").unwrap();
        assert_eq!((root.attribute("urn:s", "must"), root.attribute("", "must")), (Some("1"), Some("<0")));
        assert!(root.is("", "x"));
    }

    #[test]
    fn n16_what_could_draw_in_or_grow_is_refused() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]><x>&b;</x>";
        let outside = "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><x>&f;</x>";
        for (document, why) in [
            (bomb, BadXml::DocumentType),
            (outside, BadXml::DocumentType),
            ("<!DOCTYPE x SYSTEM 'http://127.0.0.1/x.dtd'><x/>", BadXml::DocumentType),
            ("<x>&a;</x>", BadXml::Entity),
            ("<x a='&a;'/>", BadXml::Entity),
            ("<x xmlns='urn:&#49;'/>", BadXml::Entity),
            ("<?xml-stylesheet href='x'?><x/>", BadXml::Instruction),
            ("<?xml version='1.0' encoding='utf-16'?><x/>", BadXml::NotUtf8),
            ("<?xml version='1.1'?><x/>", BadXml::Broken),
        ] {
            assert_eq!(told(document), Err(why), "{document}");
        }
    }

    #[test]
    fn n16_what_is_not_one_whole_document_is_refused() {
        for document in [
            "",
            "  ",
            "text",
            "<x>",
            "<x></y>",
            "</x>",
            "<x/><x/>",
            "<x/>text",
            "text<x/>",
            "<x",
            "<x>&amp</x>",
            "<x>&#0;</x>",
            "<x>&#1;</x>",
            "<x>\u{1}</x>",
            "<x a='1' a='2'/>",
            "<a:x/>",
            "<x a:b='1'/>",
            "<x><!-- a -- b --></x>",
            "<x/><?xml version='1.0'?>",
        ] {
            assert_eq!(told(document), Err(BadXml::Broken), "{document}");
        }
        assert_eq!(told("<x>one<y/>two</x>"), Err(BadXml::Mixed));
        assert_eq!(read(b"<x>\xff</x>", Limits::MESSAGE), Err(BadXml::NotUtf8));
    }

    #[test]
    fn n16_a_document_has_bounds_in_every_direction() {
        let limits = Limits { bytes: 100_000, depth: 3, elements: 5 };
        let within = |document: &str| read(document.as_bytes(), limits).map(|_| ());
        assert_eq!(within("<a><b><c/></b></a>"), Ok(()));
        assert_eq!(within("<a><b><c><d/></c></b></a>"), Err(BadXml::TooLarge));
        assert_eq!(within("<a><b/><b/><b/><b/></a>"), Ok(()));
        assert_eq!(within("<a><b/><b/><b/><b/><b/></a>"), Err(BadXml::TooLarge));
        assert_eq!(within(&format!("<a>{}</a>", " ".repeat(100_000))), Err(BadXml::TooLarge));
        let many: String = (0..40).map(|i| format!(" a{i}=''")).collect();
        assert_eq!(within(&format!("<a{many}/>")), Err(BadXml::TooLarge));
        let spaces: String = (0..40).map(|i| format!(" xmlns:a{i}='urn:{i}'")).collect();
        assert!(within(&format!("<a{spaces}/>")).is_err());
        for long in [
            format!("<{}/>", "a".repeat(300)),
            format!("<a xmlns='{}'/>", "u".repeat(300)),
            format!("<a b='{}'/>", "v".repeat(300)),
        ] {
            assert_eq!(within(&long), Err(BadXml::TooLarge));
        }
    }

    #[test]
    fn n16_a_text_that_is_written_is_read_back() {
        for text in ["R & <Đề> \"a\" 'b'", "", "]]>", "&amp;"] {
            assert_eq!(told(&format!("<x>{}</x>", escaped(text))).unwrap().text, text);
        }
    }
}
