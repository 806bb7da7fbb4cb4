//! Which reports there will be: who sends what where, what becomes of it and when. Nothing is written here.

use super::{
    album::Shot,
    answers::answers,
    dice::Dice,
    places::{self, Places},
    stories::{Actor, Beat, Context, Story},
    texts::{Comments, Template, Words},
    timing::Timing,
};
use anyhow::Context as _;
use base::{
    clock::{MINUTE, Millis},
    geo::Point,
    i18n::Lang,
};
use domain::{
    province::Province,
    reports::{Command, Contact, Draft, Place},
};
use std::collections::{BTreeMap, BTreeSet};

/// What the demo officer finds in the own unit: most of it open.
const HOME: &[(Story, usize)] = &[
    (Story::New, 5),
    (Story::NewOver, 1),
    (Story::Accepted, 3),
    (Story::AcceptedSoon, 1),
    (Story::Assigned, 4),
    (Story::Working, 3),
    (Story::WorkingSoon, 2),
    (Story::WorkingOver, 2),
    (Story::Asked, 3),
    (Story::Answered, 1),
    (Story::Extended, 2),
    (Story::Moved, 2),
    (Story::Corrected, 1),
    (Story::Reopened, 2),
    (Story::Resolved, 3),
    (Story::Rated, 6),
    (Story::RatedLate, 1),
    (Story::Silent, 2),
    (Story::ReopenedRated, 1),
    (Story::Rejected, 1),
    (Story::Withdrawn, 1),
    (Story::Hidden, 1),
];

/// What is elsewhere: mostly done.
const ELSEWHERE: &[(Story, usize)] = &[
    (Story::Rated, 12),
    (Story::Working, 4),
    (Story::Resolved, 5),
    (Story::Silent, 4),
    (Story::New, 3),
    (Story::Assigned, 2),
    (Story::WorkingOver, 2),
    (Story::Asked, 2),
    (Story::Accepted, 2),
    (Story::RatedLate, 2),
    (Story::Moved, 1),
    (Story::AcceptedSoon, 1),
    (Story::WorkingSoon, 1),
    (Story::NewOver, 1),
    (Story::Answered, 1),
    (Story::Extended, 1),
    (Story::Corrected, 1),
    (Story::Reopened, 1),
    (Story::ReopenedRated, 1),
    (Story::Rejected, 1),
    (Story::Withdrawn, 1),
];

/// The stories that the two citizens of the log-ins have of their own, so that there is something to try.
const FIRST_CITIZEN: [Story; 7] =
    [Story::Asked, Story::Resolved, Story::Working, Story::Rated, Story::New, Story::Rejected, Story::Extended];
const SECOND_CITIZEN: [Story; 5] = [Story::Resolved, Story::Asked, Story::Accepted, Story::Silent, Story::Reopened];

/// How long ago the two were asked.
const JUST_NOW: Millis = 35 * MINUTE;

/// One report from beginning to end.
pub struct Case {
    pub story: Story,
    pub draft: Draft,
    /// Position in the list of citizens.
    pub reporter: usize,
    pub sent_at: Millis,
    pub shots: Vec<Shot>,
    pub steps: Vec<Step>,
}

pub struct Step {
    pub at: Millis,
    pub actor: Actor,
    pub command: Command,
    pub shots: Vec<Shot>,
}

impl Case {
    /// The units that will have it in hand.
    pub fn units(&self, province: &Province) -> BTreeSet<String> {
        let commune = self.draft.place.commune.as_deref();
        let mut units = BTreeSet::from([province.route(&self.draft.category, commune).unit]);
        units.extend(self.steps.iter().filter_map(|step| match &step.command {
            Command::Transfer { unit, .. } => Some(unit.clone()),
            Command::Correct { category, commune, .. } => Some(province.route(category, Some(commune)).unit),
            _ => None,
        }));
        units
    }
}

pub struct Planner<'a> {
    pub dice: &'a Dice,
    pub words: &'a Words,
    pub province: &'a Province,
    pub places: &'a Places,
    pub present: Millis,
    /// Since when each citizen has an account.
    pub citizens: &'a [Millis],
    used: BTreeMap<usize, usize>,
    categories: BTreeMap<String, usize>,
}

impl<'a> Planner<'a> {
    pub fn new(
        dice: &'a Dice,
        words: &'a Words,
        province: &'a Province,
        places: &'a Places,
        present: Millis,
        citizens: &'a [Millis],
    ) -> Self {
        Self { dice, words, province, places, present, citizens, used: BTreeMap::new(), categories: BTreeMap::new() }
    }

    /// All reports. There are never fewer than the demo officer's own.
    pub fn cases(mut self, reports: usize) -> anyhow::Result<Vec<Case>> {
        let mut cases = Vec::with_capacity(reports);
        for story in spread(HOME, HOME.iter().map(|(_, n)| n).sum()) {
            cases.extend(self.case(story, true)?);
        }
        for story in spread(ELSEWHERE, reports.saturating_sub(cases.len())) {
            cases.extend(self.case(story, false)?);
        }
        for (citizen, stories) in [(0, &FIRST_CITIZEN[..]), (1, &SECOND_CITIZEN[..])] {
            for story in stories {
                let Some(case) = cases.iter_mut().find(|c| c.story == *story && c.reporter > 1) else { continue };
                case.reporter = citizen;
                if *story == Story::Asked
                    && let Some(asked) = case.steps.last_mut()
                {
                    // A moment ago, at whatever hour: then the question is in the phone's inbox when the demo starts.
                    asked.at = asked.at.max(self.present - JUST_NOW);
                }
            }
        }
        Ok(cases)
    }

    /// `None` when no template has the words for this story here.
    fn case(&mut self, story: Story, home: bool) -> anyhow::Result<Option<Case>> {
        let Some((number, commune)) = self.choose(story, home) else { return Ok(None) };
        let words: &'a Words = self.words;
        let t = &words.reports.reports[number];
        *self.used.entry(number).or_default() += 1;
        *self.categories.entry(t.category.clone()).or_default() += 1;

        let place = self.dice.pick(&t.places).context("a report without places")?;
        let route = self.province.route(&t.category, Some(&commune));
        let unit = self.province.unit_name(&route.unit, Lang::VI);
        let around = lower_first(&self.province.commune_name(Some(&commune), Lang::VI));
        let write = |text: &str| text.replace("{noi}", place).replace("{xa}", &around).replace("{don_vi}", &unit);
        let stars = *self.dice.pick(&[5u8, 5, 5, 5, 4, 4, 4, 3, 2, 1]).unwrap_or(&5);
        let comments: &Comments = &words.reports.comments;
        let context = Context { dice: self.dice, commune: &commune, stars, comments, write: &write };
        let beats = story.beats(t, &context);
        let timing = Timing { dice: self.dice, calendar: self.province.calendar(), present: self.present };
        let (sent_at, times) = timing.lay(story, route.limit, &beats);

        let variation = t.scene.map_or(0, |scene| self.dice.below(Shot::variations(scene) as usize) as u64);
        let photographed = t.scene.filter(|_| self.dice.chance(97));
        let shots = photographed.map_or_else(Vec::new, |scene| Shot::some(self.dice, scene, variation));
        let after: Vec<Shot> = photographed.map(|scene| Shot { scene, after: true, variation }).into_iter().collect();
        let steps = beats.into_iter().zip(times).map(|(beat, at)| step(beat, at, &after)).collect();
        let point = if self.dice.chance(72) { places::point(self.dice, self.province, &commune) } else { None };
        let (title, content) = (write(&t.title), write(&t.content));
        let draft = Draft {
            answers: answers(self.province.category(&t.category), &format!("{title}. {content}")),
            title,
            content,
            category: t.category.clone(),
            place: self.place(point, commune, place, &around),
            anonymous: self.dice.chance(65),
            contact: Contact::default(),
        };
        let reporter = self.reporter(sent_at);
        Ok(Some(Case { story, draft, reporter, sent_at, shots, steps }))
    }

    fn place(&self, point: Option<Point>, commune: String, place: &str, around: &str) -> Place {
        let mut address = upper_first(place);
        if point.is_none() || self.dice.chance(50) {
            address = format!("{address}, {around}");
        }
        // Who lets the phone tell the place often chooses no commune.
        let chosen = if point.is_some() && self.dice.chance(50) { None } else { Some(commune) };
        Place { point, commune: chosen, address }
    }

    /// A template and a commune for a story: rarely used ones first, so that few texts stand twice.
    fn choose(&self, story: Story, home: bool) -> Option<(usize, String)> {
        let mut best: Option<(usize, usize, String)> = None;
        for (number, t) in self.words.reports.reports.iter().enumerate() {
            if !story.fits(t) || self.province.category(&t.category).is_none() {
                continue;
            }
            let Some(commune) = self.commune(story, home, t) else { continue };
            let often = if matches!(t.category.as_str(), "ha-tang" | "moi-truong" | "giao-thong") { 2 } else { 3 };
            let score = self.used.get(&number).copied().unwrap_or(0) * 24
                + self.categories.get(&t.category).copied().unwrap_or(0) * if home { 0 } else { often }
                + self.dice.below(12);
            if best.as_ref().is_none_or(|(least, ..)| score < *least) {
                best = Some((score, number, commune));
            }
        }
        best.map(|(_, number, commune)| (number, commune))
    }

    /// Where a template can happen so that the story makes sense.
    fn commune(&self, story: Story, home: bool, t: &Template) -> Option<String> {
        let commune = if home {
            let fits = self.places.fits(&self.places.home, t);
            fits.then(|| self.places.home.clone())?
        } else {
            self.places.somewhere(self.dice, t)?
        };
        let sent_to = self.province.route(&t.category, Some(&commune)).unit;
        let goes_to = match (story, &t.transfer, &t.correct) {
            (Story::Moved, Some(transfer), _) if transfer.to == "commune" => commune.clone(),
            (Story::Moved, Some(transfer), _) => transfer.to.clone(),
            (Story::Corrected, _, Some(correct)) => self.province.route(&correct.category, Some(&commune)).unit,
            _ => sent_to.clone(),
        };
        let moves = matches!(story, Story::Moved | Story::Corrected);
        let right = if home { goes_to == self.places.home } else { sent_to != self.places.home };
        (right && self.province.has_unit(&goes_to) && (!moves || goes_to != sent_to)).then_some(commune)
    }

    /// Somebody who had an account by then; the two of the log-ins get theirs apart.
    fn reporter(&self, at: Millis) -> usize {
        let there: Vec<usize> = (2..self.citizens.len()).filter(|i| self.citizens[*i] < at).collect();
        self.dice.pick(&there).copied().unwrap_or(0)
    }
}

fn step(beat: Beat, at: Millis, after: &[Shot]) -> Step {
    let shots = if beat.pictured { after.to_vec() } else { Vec::new() };
    Step { at, actor: beat.actor, command: beat.command, shots }
}

/// So many stories of a mix: whole rounds first, then evenly from it.
fn spread(mix: &[(Story, usize)], many: usize) -> Vec<Story> {
    let all: Vec<Story> = mix.iter().flat_map(|(story, times)| std::iter::repeat_n(*story, *times)).collect();
    let rest = many % all.len();
    let mut stories: Vec<Story> = std::iter::repeat_n(&all, many / all.len()).flatten().copied().collect();
    stories.extend((0..rest).map(|i| all[i * all.len() / rest]));
    stories
}

/// `trước cổng trường` → `Trước cổng trường`
fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// `Phường Đồng Hới` → `phường Đồng Hới`
fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}
