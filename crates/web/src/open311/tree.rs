//! An answer as a tree that is written as XML or as JSON: one description, so that the two never differ. Lists are plain arrays
//! in JSON, wrapper and items in XML.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};
use serde::{Serialize, Serializer, ser::SerializeMap};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Xml,
    Json,
}

impl Format {
    pub fn parse(ending: &str) -> Option<Self> {
        match ending {
            "xml" => Some(Self::Xml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Xml => "text/xml; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Text(String),
    Whole(i64),
    Number(f64),
    Flag(bool),
    /// Not known: null in JSON, an empty element in XML.
    Nothing,
    /// The name of the items in XML.
    List(&'static str, Vec<Node>),
    Map(Vec<(&'static str, Node)>),
}

impl Node {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// An empty text is nothing.
    pub fn maybe(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Nothing } else { Self::Text(text) }
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => to.serialize_str(text),
            Self::Whole(n) => to.serialize_i64(*n),
            Self::Number(n) => to.serialize_f64(*n),
            Self::Flag(flag) => to.serialize_bool(*flag),
            Self::Nothing => to.serialize_unit(),
            Self::List(_, items) => to.collect_seq(items),
            Self::Map(fields) => {
                let mut map = to.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

/// The document; `root` names the outermost element of XML.
pub fn write(format: Format, root: &'static str, node: &Node) -> Vec<u8> {
    match format {
        // Our own tree of texts and numbers always becomes JSON and XML.
        Format::Json => serde_json::to_vec(node).unwrap_or_default(),
        Format::Xml => {
            let mut writer = Writer::new(Vec::with_capacity(4096));
            let declared = writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)));
            let written = declared.and_then(|()| element(&mut writer, root, node));
            if written.is_err() {
                tracing::error!("an answer cannot be written as XML");
            }
            writer.into_inner()
        }
    }
}

fn element(writer: &mut Writer<Vec<u8>>, name: &str, node: &Node) -> std::io::Result<()> {
    let text = match node {
        Node::Nothing => return writer.write_event(Event::Empty(BytesStart::new(name))),
        Node::Text(text) => allowed(text),
        Node::Whole(n) => n.to_string(),
        Node::Number(n) => n.to_string(),
        Node::Flag(flag) => flag.to_string(),
        Node::List(..) | Node::Map(_) => String::new(),
    };
    writer.write_event(Event::Start(BytesStart::new(name)))?;
    match node {
        Node::List(item, nodes) => nodes.iter().try_for_each(|n| element(writer, item, n))?,
        Node::Map(fields) => fields.iter().try_for_each(|(name, n)| element(writer, name, n))?,
        _ => writer.write_event(Event::Text(BytesText::new(&text)))?,
    }
    writer.write_event(Event::End(BytesEnd::new(name)))
}

/// What XML 1.0 can hold at all (§2.2); the rest of Unicode's controls has no spelling in it.
fn allowed(text: &str) -> String {
    let fits = |c: char| matches!(c, '\t' | '\n' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(|c| fits(*c)).collect()
}

/// As an HTTP answer.
pub fn answer(format: Format, status: StatusCode, root: &'static str, node: &Node) -> Response {
    let mut response = (status, write(format, root, node)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use quick_xml::Reader;

    /// The text of the one element in an XML document.
    fn read(xml: &[u8]) -> String {
        let mut reader = Reader::from_reader(xml);
        let mut out = String::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Text(t) => out.push_str(&t),
                Event::GeneralRef(r) => match r.resolve_char_ref().unwrap() {
                    Some(c) => out.push(c),
                    None => out.push_str(quick_xml::escape::resolve_xml_entity(&r).unwrap()),
                },
                Event::Eof => return out,
                _ => {}
            }
        }
    }

    #[test]
    fn r12_one_tree_is_two_documents() {
        let tree = Node::List(
            "service",
            vec![Node::Map(vec![
                ("service_code", Node::text("001")),
                ("metadata", Node::Flag(true)),
                ("group", Node::Nothing),
                ("description", Node::text("a<b> & \"c\" ]]> \u{0}\u{1b}")),
            ])],
        );
        assert_eq!(
            String::from_utf8(write(Format::Xml, "services", &tree)).unwrap(),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><services><service><service_code>001</service_code>\
             <metadata>true</metadata><group/><description>a&lt;b&gt; &amp; &quot;c&quot; ]]&gt; </description></service></services>"
        );
        assert_eq!(
            String::from_utf8(write(Format::Json, "services", &tree)).unwrap(),
            "[{\"service_code\":\"001\",\"metadata\":true,\"group\":null,\"description\":\"a<b> & \\\"c\\\" ]]> \\u0000\\u001b\"}]"
        );
    }

    proptest! {
        #[test]
        fn r12_any_text_comes_back_from_xml_as_it_was(text in any::<String>()) {
            let xml = write(Format::Xml, "a", &Node::text(text.clone()));
            // Readers make one line end of all of them (XML 1.0, 2.11).
            prop_assert_eq!(read(&xml).replace("\r\n", "\n").replace('\r', "\n"), allowed(&text));
        }
    }
}
