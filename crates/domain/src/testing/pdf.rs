//! Small PDF files for tests, of any shape that a reader may meet.

/// What a PDF for tests is like.
#[derive(Debug, Clone, Default)]
pub struct Pdf {
    /// What its one page says; no letters beyond ASCII.
    pub words: String,
    /// Stands in the trailer, as `/Encrypt 9 0 R`.
    pub more: String,
    /// The table of contents is an object with a stream, as newer programs write it.
    pub is_stream: bool,
    /// Bytes of a stream that nothing shows.
    pub filling: usize,
}

impl Pdf {
    pub fn saying(words: &str) -> Self {
        Self { words: words.to_owned(), ..Self::default() }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let shown = format!("BT /F1 18 Tf 60 780 Td ({}) Tj ET", self.words);
        let objects = [
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
            format!("<< /Length {} >>\nstream\n{shown}\nendstream", shown.len()),
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
            format!("<< /Length {} >>\nstream\n{}\nendstream", self.filling, "x".repeat(self.filling)),
        ];
        let mut places = Vec::new();
        for (n, object) in objects.iter().enumerate() {
            places.push(out.len());
            out.extend(format!("{} 0 obj\n{object}\nendobj\n", n + 1).bytes());
        }
        let start = out.len();
        let (count, more) = (places.len() + 1, &self.more);
        if self.is_stream {
            let mut rows = vec![0u8; 7];
            for place in &places {
                rows.push(1);
                rows.extend((*place as u32).to_be_bytes());
                rows.extend([0, 0]);
            }
            let head = format!(
                "{count} 0 obj\n<< /Type /XRef /Size {count} /W [1 4 2] /Root 1 0 R {more} /Length {} >>\nstream\n",
                rows.len()
            );
            out.extend(head.bytes());
            out.extend(rows);
            out.extend(b"\nendstream\nendobj\n");
        } else {
            out.extend(format!("xref\n0 {count}\n0000000000 65535 f \n").bytes());
            for place in &places {
                out.extend(format!("{place:010} 00000 n \n").bytes());
            }
            out.extend(format!("trailer\n<< /Size {count} /Root 1 0 R {more} >>\n").bytes());
        }
        out.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
        out
    }
}
