//! What a file is (N6): by its content, whatever it pretends to be.

use super::{Media, what};
use crate::{documents::Refusal, testing::pdf::Pdf};
use std::io::Cursor;

fn picture(format: image::ImageFormat) -> Vec<u8> {
    let mut out = Vec::new();
    let picture = image::RgbImage::from_fn(120, 80, |x, y| image::Rgb([(x * 2) as u8, (y * 3) as u8, 80]));
    picture.write_to(&mut Cursor::new(&mut out), format).unwrap();
    out
}

#[test]
fn n6_kinds_are_told_by_content() {
    assert_eq!(what(&picture(image::ImageFormat::Jpeg)), Ok(Media::Jpeg));
    assert_eq!(what(&picture(image::ImageFormat::Png)), Ok(Media::Jpeg));
    for is_stream in [false, true] {
        assert_eq!(what(&Pdf { is_stream, ..Pdf::saying("a") }.bytes()), Ok(Media::Pdf));
    }
    assert_eq!(what(b""), Err(Refusal::Empty));
    for other in [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".as_slice(),
        b"<!doctype html><script>alert(1)</script>",
        b"PK\x03\x04whatever",
        b"GIF89a\x01\0\x01\0",
        b"MZ\x90\0",
        b"RIFF\x1a\0\0\0WEBPVP8 ",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\xef\xbb\xbf%PDF-1.7",
        b" %PDF-1.7",
        b"%pdf-1.7",
    ] {
        assert_eq!(what(other), Err(Refusal::Unknown), "{:?}", String::from_utf8_lossy(other));
    }
}

#[test]
fn n6_a_pdf_with_something_before_or_behind_it_is_none() {
    let pdf = Pdf::saying("a").bytes();
    let html = b"<!doctype html><script>alert(1)</script>".as_slice();
    assert_eq!(what(&[html, &pdf].concat()), Err(Refusal::Unknown));
    for behind in [html, b"PK\x05\x06", b"\n%%EOF x", b"\n<"] {
        assert_eq!(what(&[&pdf, behind].concat()), Err(Refusal::PdfBroken), "{}", String::from_utf8_lossy(behind));
    }
    // A second %%EOF alone does not make what stands before it the end of a PDF.
    assert_eq!(what(&[&pdf, html, b"\n%%EOF"].concat()), Err(Refusal::PdfBroken));
    // Scanners fill their last block.
    assert_eq!(what(&[&pdf, b"\0\0\r\n ".as_slice()].concat()), Ok(Media::Pdf));
}

#[test]
fn n6_a_pdf_that_is_cut_or_points_nowhere_is_refused() {
    for is_stream in [false, true] {
        let whole = Pdf { is_stream, ..Pdf::saying("a") }.bytes();
        for cut in 5..whole.len() - 1 {
            assert_eq!(what(&whole[..cut]), Err(Refusal::PdfBroken), "{cut} of {}", whole.len());
        }
    }
    let text = String::from_utf8_lossy(&Pdf::saying("a").bytes()).into_owned();
    let start = text.rfind("startxref").unwrap();
    for said in ["0", "7", "99999999", "999999999999999999999", "-1", "x", "", "12 34"] {
        let bad = format!("%PDF-1.7\n{}startxref\n{said}\n%%EOF", " ".repeat(start));
        assert_eq!(what(bad.as_bytes()), Err(Refusal::PdfBroken), "{said}");
    }
    let without =
        String::from_utf8_lossy(&Pdf { is_stream: false, ..Pdf::saying("a") }.bytes()).replace("/Root", "/Rood");
    assert_eq!(what(without.as_bytes()), Err(Refusal::PdfBroken));
    for bad in ["%PDF-", "%PDF-9.9\n%%EOF", "%PDF-1.7%%EOF", "%PDF-1.7\nstartxref\n8\n%%EOF"] {
        assert_eq!(what(bad.as_bytes()), Err(Refusal::PdfBroken), "{bad}");
    }
}

#[test]
fn n6_a_locked_pdf_is_told_however_it_says_so_and_an_open_one_is_not_taken_for_it() {
    let with = |more: &str, is_stream| what(&Pdf { more: more.into(), is_stream, ..Pdf::saying("a") }.bytes());
    for is_stream in [false, true] {
        for locked in [
            "/Encrypt 9 0 R",
            "/Encrypt<</Filter/Standard/V 4>>",
            "/#45ncrypt 9 0 R",
            "/E#6ecryp#74 9 0 R",
            "% /Root\n/Encrypt 9 0 R",
            "/ID[<00><01>]/Encrypt 9 0 R",
            "/Info (a \\) (b)) /Encrypt 9 0 R",
        ] {
            assert_eq!(with(locked, is_stream), Err(Refusal::PdfLocked), "{locked}");
        }
        for open in [
            "/Info (/Encrypt)",
            "% /Encrypt\n",
            "/X << /Encrypt 9 0 R >>",
            "/X [ /Encrypt ]",
            "/EncryptMetadata false",
            "/ID [<4142> <4344>]",
        ] {
            assert_eq!(with(open, is_stream), Ok(Media::Pdf), "{open}");
        }
        for broken in ["/X <<", "/X [", ")", "(", "<", "/X ]", "{ }", &"[".repeat(100), &" ".repeat(70_000)] {
            assert_eq!(with(broken, is_stream), Err(Refusal::PdfBroken), "{broken:.20}");
        }
    }
    assert_eq!(what(&Pdf::saying("/Encrypt 9 0 R").bytes()), Ok(Media::Pdf), "words on the page");
}

#[test]
fn n6_a_picture_that_is_cut_is_refused_wherever_it_was_cut() {
    let whole = picture(image::ImageFormat::Jpeg);
    for cut in 3..whole.len() {
        assert_eq!(what(&whole[..cut]), Err(Refusal::PictureBroken), "{cut} of {}", whole.len());
    }
    let behind = [&whole, b"SEFT trailer of a camera \xff\xd8 and more".as_slice()].concat();
    assert_eq!(what(&behind), Ok(Media::Jpeg));
    // An end marker without a picture, in a segment, or filling without end.
    for bad in [b"\xff\xd8\xff\xd9".as_slice(), b"\xff\xd8\xff\xe0\0\x04\xff\xd9", b"\xff\xd8\xff\xff\xff\xff\xff"] {
        assert_eq!(what(bad), Err(Refusal::PictureBroken));
    }
}
