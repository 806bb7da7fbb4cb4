//! The packs' Markdown (terms, privacy) as HTML: headings, paragraphs, lists, quotes and bold. Everything else is text, and all
//! text is escaped; a pack can therefore never bring markup of its own into a page (X8).

use std::fmt::Write;

/// `#` becomes `h1`; a heading never skips a level in our packs, so levels are kept as written.
pub fn to_html(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() * 2);
    let mut block = Block::None;
    for line in markdown.lines() {
        let line = line.trim();
        let (next, text) = kind(line);
        if block != next || matches!(next, Block::Heading(_)) {
            block.close(&mut out);
            next.open(&mut out);
            block = next;
        } else if matches!(block, Block::Paragraph | Block::Quote) {
            out.push(' ');
        }
        match block {
            Block::None => {}
            Block::Unordered | Block::Ordered => {
                out.push_str("<li>");
                inline(text, &mut out);
                out.push_str("</li>");
            }
            Block::Heading(_) | Block::Paragraph | Block::Quote => inline(text, &mut out),
        }
    }
    block.close(&mut out);
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    None,
    Heading(usize),
    Paragraph,
    Quote,
    Unordered,
    Ordered,
}

impl Block {
    fn open(self, out: &mut String) {
        let _ = match self {
            Self::None => Ok(()),
            Self::Heading(n) => write!(out, "<h{n}>"),
            Self::Paragraph => write!(out, "<p>"),
            Self::Quote => write!(out, "<div class=\"banner banner--info\"><div><p>"),
            Self::Unordered => write!(out, "<ul>"),
            Self::Ordered => write!(out, "<ol>"),
        };
    }

    fn close(self, out: &mut String) {
        let _ = match self {
            Self::None => Ok(()),
            Self::Heading(n) => writeln!(out, "</h{n}>"),
            Self::Paragraph => writeln!(out, "</p>"),
            Self::Quote => writeln!(out, "</p></div></div>"),
            Self::Unordered => writeln!(out, "</ul>"),
            Self::Ordered => writeln!(out, "</ol>"),
        };
    }
}

fn kind(line: &str) -> (Block, &str) {
    let hashes = line.bytes().take_while(|b| *b == b'#').count();
    if (1..=4).contains(&hashes)
        && let Some(text) = line[hashes..].strip_prefix(' ')
    {
        return (Block::Heading(hashes), text.trim());
    }
    if line.is_empty() {
        return (Block::None, line);
    }
    if let Some(text) = line.strip_prefix("> ") {
        return (Block::Quote, text);
    }
    if let Some(text) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return (Block::Unordered, text);
    }
    // `1. `, but not `1.5 m`
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=3).contains(&digits)
        && let Some(text) = line[digits..].strip_prefix(". ")
    {
        return (Block::Ordered, text);
    }
    (Block::Paragraph, line)
}

/// Escapes, and makes `**pairs**` bold; a mark without its partner stays a mark.
fn inline(text: &str, out: &mut String) {
    let parts: Vec<&str> = text.split("**").collect();
    let whole = parts.len() % 2 == 1;
    for (i, part) in parts.iter().enumerate() {
        let bold = i % 2 == 1 && (whole || i + 1 < parts.len());
        match (bold, i % 2 == 1) {
            (true, _) => out.push_str("<b>"),
            (false, true) => out.push_str("**"),
            _ => {}
        }
        escape(part, out);
        if bold {
            out.push_str("</b>");
        }
    }
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_lists_quotes_and_bold_are_rendered() {
        let html =
            to_html("# Một\n\n> **Dự thảo.** Xin góp ý.\n\nDòng một\ndòng hai\n\n- a\n- **b**\n\n1. x\n2. y\n## Hai");
        assert_eq!(
            html,
            "<h1>Một</h1>\n<div class=\"banner banner--info\"><div><p><b>Dự thảo.</b> Xin góp ý.</p></div></div>\n\
             <p>Dòng một dòng hai</p>\n<ul><li>a</li><li><b>b</b></li></ul>\n<ol><li>x</li><li>y</li></ol>\n<h2>Hai</h2>\n"
        );
    }

    #[test]
    fn x8_markup_in_a_pack_is_text() {
        let html = to_html("<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror='a'> **<b>");
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("<b>"), "{html}");
        assert!(html.contains("&lt;script&gt;") && html.contains("**&lt;b&gt;"), "{html}");
    }
}
