//! The pages as a PDF with tags (PDF/UA-1): headings, paragraphs and pictures are named, the foot is not read out, fonts hold only
//! the letters that are used.

use super::{
    Paper, Part, Unwritten,
    layout::{FOOT, HEIGHT, LEFT, Placed, Set, Shade, Thing, WIDTH},
    letters::Letters,
};
use krilla::{
    Data, Document, SerializeSettings,
    color::rgb,
    configure::{Accessibility, ConfigurationBuilder},
    destination::XyzDestination,
    geom::{PathBuilder, Point, Rect, Size, Transform},
    image::Image,
    metadata::{DateTime, Metadata},
    outline::{Outline, OutlineNode},
    page::PageSettings,
    paint::Fill,
    surface::Surface,
    tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag, Tag, TagGroup, TagTree},
    text::{Font, GlyphId, KrillaGlyph},
};
use std::num::NonZeroU16;

pub fn write(paper: &Paper, letters: &Letters, set: Set) -> Result<Vec<u8>, Unwritten> {
    let configuration = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish();
    let configuration = configuration.map_err(|_| Unwritten("configuration"))?;
    let settings = SerializeSettings { configuration, enable_tagging: true, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    let font = |bold| Font::new(Data::from(letters.bytes(bold)), 0).ok_or(Unwritten("a font"));
    let ink = Pens { letters, fonts: [font(false)?, font(true)?] };
    let images = images(paper)?;
    let mut tags: Vec<Vec<Tagged>> = paper.parts.iter().map(|_| Vec::new()).collect();
    let mut outline = Outline::new();
    let mut told = vec![false; paper.parts.len()];
    let all = set.sheets.len();
    for (n, sheet) in set.sheets.iter().enumerate() {
        let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or(Unwritten("a page"))?;
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        for placed in sheet {
            draw(&mut surface, &ink, &images, &mut tags, placed);
            if let (Some(part), Thing::Line { y, .. }) = (placed.part, &placed.thing)
                && let Part::Title(text) | Part::Heading(text) = &paper.parts[part]
                && !std::mem::replace(&mut told[part], true)
            {
                let top = XyzDestination::new(n, Point::from_xy(0.0, (y - 24.0).max(0.0)));
                outline.push_child(OutlineNode::new(letters.clean(text, true), top));
            }
        }
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)));
        let number = paper.page.replace("{n}", &(n + 1).to_string()).replace("{all}", &all.to_string());
        ink.line(&mut surface, LEFT, FOOT, 8.0, false, Shade::Grey, &format!("{} · {number}", paper.footer));
        if set.is_cut && n + 1 == all {
            ink.line(&mut surface, LEFT, FOOT - 12.0, 8.0, true, Shade::Black, &paper.cut);
        }
        surface.end_tagged();
        surface.finish();
        page.finish();
    }
    document.set_outline(outline);
    document.set_tag_tree(tree(paper, letters, tags));
    document.set_metadata(metadata(paper, letters));
    document.finish().map_err(|_| Unwritten("refused by its standard"))
}

fn metadata(paper: &Paper, letters: &Letters) -> Metadata {
    let t = base::show::local(paper.at);
    let small = |n: i8| u8::try_from(n).unwrap_or(1);
    let at = DateTime::new(u16::try_from(t.year()).unwrap_or(1970))
        .month(small(t.month()))
        .day(small(t.day()))
        .hour(small(t.hour()))
        .minute(small(t.minute()))
        .second(small(t.second()))
        .utc_offset_hour(7);
    Metadata::new()
        .title(letters.clean(&paper.title, false))
        .authors(vec![letters.clean(&paper.author, false)])
        .creator("Công dân số".into())
        .language(paper.lang.as_str().into())
        .creation_date(at)
        .document_id(paper.mark.clone())
}

/// The decoded photos of each part; krilla takes over the bytes as they are.
fn images(paper: &Paper) -> Result<Vec<Vec<Image>>, Unwritten> {
    let image =
        |p: &super::Picture| Image::from_jpeg(Data::from(p.jpeg.clone()), false).map_err(|_| Unwritten("a photo"));
    paper
        .parts
        .iter()
        .map(|part| match part {
            Part::Photos(all) => all.iter().map(image).collect(),
            _ => Ok(Vec::new()),
        })
        .collect()
}

/// A tagged piece: of a text, or of which picture.
enum Tagged {
    Words(Identifier),
    Picture(Identifier, usize),
}

fn draw(
    surface: &mut Surface<'_>,
    ink: &Pens<'_>,
    images: &[Vec<Image>],
    tags: &mut [Vec<Tagged>],
    Placed { part, thing }: &Placed,
) {
    match (part, thing) {
        (Some(part), Thing::Line { x, y, size, bold, shade, text }) => {
            let id = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
            ink.line(surface, *x, *y, *size, *bold, *shade, text);
            surface.end_tagged();
            tags[*part].push(Tagged::Words(id));
        }
        (Some(part), Thing::Picture { x, y, width, height, n }) => {
            let (Some(image), Some(size)) = (images[*part].get(*n), Size::from_wh(*width, *height)) else { return };
            let id = surface.start_tagged(ContentTag::Other);
            surface.push_transform(&Transform::from_translate(*x, *y));
            surface.draw_image(image.clone(), size);
            surface.pop();
            surface.end_tagged();
            tags[*part].push(Tagged::Picture(id, *n));
        }
        (_, Thing::Bar { x, y, height, shade }) => {
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(*x, *y, 2.5, *height) {
                path.push_rect(rect);
            }
            if let Some(path) = path.finish() {
                surface.set_fill(Some(fill(*shade)));
                surface.draw_path(&path);
            }
            surface.end_tagged();
        }
        (None, _) => {}
    }
}

/// What a screen reader goes through, in the order of the parts.
fn tree(paper: &Paper, letters: &Letters, tags: Vec<Vec<Tagged>>) -> TagTree {
    let mut tree = TagTree::new().with_lang(Some(paper.lang.as_str().into()));
    let level = |n| NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN);
    for (part, tagged) in paper.parts.iter().zip(tags) {
        if tagged.is_empty() {
            continue;
        }
        if let Part::Photos(all) = part {
            for piece in tagged {
                let group = match piece {
                    Tagged::Picture(id, n) => {
                        let alt = all.get(n).map(|p| letters.clean(&p.alt, false)).unwrap_or_default();
                        (Tag::Figure(Some(alt)).into(), id)
                    }
                    Tagged::Words(id) => (Tag::P.into(), id),
                };
                let (kind, id): (krilla::tagging::TagKind, _) = group;
                let mut group = TagGroup::new(kind);
                group.push(id);
                tree.push(group);
            }
            continue;
        }
        let mut group = match part {
            Part::Title(text) => TagGroup::new(Tag::Hn(level(1), Some(letters.clean(text, true)))),
            Part::Heading(text) => TagGroup::new(Tag::Hn(level(2), Some(letters.clean(text, true)))),
            _ => TagGroup::new(Tag::P),
        };
        for piece in tagged {
            let (Tagged::Words(id) | Tagged::Picture(id, _)) = piece;
            group.push(id);
        }
        tree.push(group);
    }
    tree
}

fn fill(shade: Shade) -> Fill {
    let (r, g, b) = match shade {
        Shade::Black => (21, 25, 30),
        Shade::Grey => (70, 80, 90),
        Shade::Blue => (7, 59, 108),
    };
    Fill { paint: rgb::Color::new(r, g, b).into(), ..Fill::default() }
}

struct Pens<'l> {
    letters: &'l Letters,
    fonts: [Font; 2],
}

impl Pens<'_> {
    /// Every letter on its own, in the order in which it is read: nothing is shaped, so nothing changes places.
    #[expect(clippy::too_many_arguments, reason = "a line is this")]
    fn line(&self, surface: &mut Surface<'_>, x: f32, y: f32, size: f32, bold: bool, shade: Shade, text: &str) {
        let text = self.letters.clean(text, bold).replace('\n', " ");
        let glyphs: Vec<KrillaGlyph> = text
            .char_indices()
            .filter_map(|(at, c)| {
                let (id, width) = self.letters.glyph(c, bold)?;
                Some(KrillaGlyph::new(GlyphId::new(id), width, 0.0, 0.0, 0.0, at..at + c.len_utf8(), None))
            })
            .collect();
        if glyphs.is_empty() {
            return;
        }
        surface.set_fill(Some(fill(shade)));
        surface.draw_glyphs(Point::from_xy(x, y), &glyphs, self.fonts[usize::from(bold)].clone(), &text, size, false);
    }
}
