//! R4, R15: which unit, how long, and why.

use super::*;
use crate::packs::routing::{Rule, Target};
use base::calendar::Limit;
use proptest::prelude::*;

#[test]
fn r4_the_rules_of_the_pack_send_reports_where_they_belong() {
    let pack = pack();
    let route = |category: &str, commune: &str| {
        pack.routing.route(pack.category(category).unwrap(), pack.unit(commune).unwrap())
    };
    let road = route("ha-tang", "18880");
    assert_eq!((road.unit_code.as_str(), road.deadline), ("18880", Limit::WorkingDays(7)));
    assert_eq!(road.rule_id, "con-lai");
    assert!(road.why.vi.contains("UBND xã"), "R15: staff see why");
    assert_eq!(route("dien", "19742").unit_code, "so-cong-thuong");
    assert_eq!(route("nuoc", "18880").unit_code, "so-xay-dung", "a ward");
    assert_eq!(route("nuoc", "19432").unit_code, "so-nnmt", "a rural commune");
    assert_eq!(route("moi-truong", "18880").deadline, Limit::WorkingDays(3), "the rule's deadline");
    assert_eq!(route("moi-truong", "19432").deadline, Limit::WorkingDays(5), "the category's deadline");
}

#[test]
fn wrong_rules_are_named_with_their_lines() {
    let dir = copy();
    let mut text = fs::read_to_string(dir.path().join("routing.toml")).unwrap();
    let lines = text.lines().count();
    text.push_str(
        "\n[[rule]]\nid = \"late\"\ncategories = [\"ha-tang\"]\nunit = \"so-xay-dung\"\nwhy = { vi = \"a\", en = \"b\" }\n",
    );
    fs::write(dir.path().join("routing.toml"), &text).unwrap();
    let errors = Pack::load(dir.path()).unwrap_err();
    let told: Vec<_> = errors.iter().map(|error| (error.line, error.problem.code)).collect();
    assert_eq!(told, [(None, "no-catch-all"), (Some(lines + 2), "contradiction")]);
    assert!(errors[1].to_string().contains("con-lai decides otherwise"), "{}", errors[1]);

    let (head, last) = text.split_at(text.rfind("[[rule]]").unwrap());
    let last = last.replace("[\"ha-tang\"]", "[\"ha-tan\"]\ncommunes = [\"00001\"]").replace("so-xay-dung", "so-x");
    fs::write(dir.path().join("routing.toml"), format!("{head}{last}")).unwrap();
    let codes: Vec<_> = Pack::load(dir.path()).unwrap_err().iter().map(|error| error.problem.code).collect();
    assert_eq!(codes, ["unknown-category", "unknown-commune", "unknown-agency"]);
}

/// A small world: 3 categories, 4 communes of 3 kinds, 2 agencies.
fn world() -> (Vec<Category>, Vec<Unit>, Vec<Agency>) {
    let pack = pack();
    let units = ["18880", "18859", "19432", "19742"].map(|code| pack.unit(code).unwrap().clone());
    (pack.categories[..3].to_vec(), units.to_vec(), pack.agencies[..2].to_vec())
}

/// Categories, communes, kinds and target of a rule by their indices, and its days.
type Sketch = (Vec<usize>, Vec<usize>, Vec<usize>, usize, Option<u16>);

/// Random rules of that world.
fn rules() -> impl Strategy<Value = Vec<Sketch>> {
    let some = |most: usize| prop::collection::vec(0..most, 0..3);
    prop::collection::vec((some(3), some(4), some(3), 0..3usize, prop::option::of(1u16..9)), 0..7)
}

proptest! {
    /// What is accepted routes by the first rule that matches; what is refused had a rule that nothing reaches.
    #[test]
    fn r4_the_first_matching_rule_decides_and_unreachable_rules_are_refused(random in rules()) {
        let (categories, units, agencies) = world();
        let mut all: Vec<Rule> = random.into_iter().enumerate().map(|(at, (cats, communes, kinds, unit, days))| Rule {
            id: format!("r{at}"),
            categories: cats.iter().map(|c| categories[*c].code.clone()).collect(),
            communes: communes.iter().map(|c| units[*c].code.clone()).collect(),
            commune_types: kinds.iter().map(|k| UnitKind::ALL[*k]).collect(),
            unit: if unit == 2 { Target::Commune } else { Target::Agency(agencies[unit].code.clone()) },
            deadline: days.map(Limit::WorkingDays),
            why: Text { vi: "vì".into(), en: "why".into() },
        }).collect();
        all.push(Rule {
            id: "rest".into(),
            categories: vec![],
            communes: vec![],
            commune_types: vec![],
            unit: Target::Commune,
            deadline: None,
            why: Text { vi: "vì".into(), en: "why".into() },
        });
        let first = |category: &Category, unit: &Unit| all.iter().position(|rule| rule.matches(&category.code, unit)).unwrap();
        let pairs: Vec<_> = categories.iter().flat_map(|c| units.iter().map(move |u| (c, u))).collect();
        let used: std::collections::BTreeSet<usize> = pairs.iter().map(|(c, u)| first(c, u)).collect();
        let unused: Vec<_> = (0..all.len() - 1).filter(|at| !used.contains(at)).map(Some).collect();
        match Routing::new(all.clone(), &categories, &units, &agencies) {
            Ok(routing) => {
                prop_assert!(unused.is_empty());
                for (category, unit) in pairs {
                    let rule = &all[first(category, unit)];
                    let route = routing.route(category, unit);
                    prop_assert_eq!(&route.rule_id, &rule.id);
                    prop_assert_eq!(route.deadline, rule.deadline.unwrap_or(category.deadline));
                    let unit_code = match &rule.unit { Target::Commune => &unit.code, Target::Agency(code) => code };
                    prop_assert_eq!(&route.unit_code, unit_code);
                }
            }
            Err(problems) => prop_assert_eq!(problems.into_iter().map(|(at, _)| at).collect::<Vec<_>>(), unused),
        }
    }
}

#[test]
fn rules_without_a_catch_all_name_the_categories_left_out() {
    let (categories, units, agencies) = world();
    let rule = Rule {
        id: "wards".into(),
        categories: vec![categories[0].code.clone()],
        communes: vec![],
        commune_types: vec![],
        unit: Target::Commune,
        deadline: None,
        why: Text { vi: "vì".into(), en: "why".into() },
    };
    let problems = Routing::new(vec![rule], &categories, &units, &agencies).unwrap_err();
    let codes: Vec<_> = problems.iter().map(|(_, problem)| problem.code).collect();
    assert_eq!(codes, ["no-catch-all", "category-without-rule", "category-without-rule"]);
    assert_eq!(Routing::new(vec![], &categories, &units, &agencies).unwrap_err()[0].1.code, "no-rows");
}

#[test]
fn rules_survive_being_kept_as_json() {
    for rule in pack().routing.rules() {
        let json = serde_json::to_string(rule).unwrap();
        assert_eq!(&serde_json::from_str::<Rule>(&json).unwrap(), rule);
    }
}
