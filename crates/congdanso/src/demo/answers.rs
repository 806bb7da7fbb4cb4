//! What the invented people answer to their category's questions: what their own words say already, so that answer and text never
//! contradict each other.

use base::fold::fold;
use domain::{
    packs::{Category, DataType, Value},
    reports::Answers,
};

/// Shorter names («Có») stand by chance in many words.
const SHORTEST: usize = 4;

pub fn answers(category: Option<&Category>, text: &str) -> Answers {
    let text = fold(text);
    let says = |v: &&Value| v.name.vi.split(',').map(fold).any(|name| name.len() >= SHORTEST && text.contains(&name));
    let mut answers = Answers::default();
    for q in category.map_or(&[][..], |c| &c.questions).iter().filter(|q| q.variable) {
        let said: Vec<&Value> = q.values.iter().filter(says).collect();
        let most = if q.datatype == DataType::MultiValueList { said.len() } else { 1 };
        said.iter().take(most).for_each(|v| answers.add(&q.code, &v.key));
        if said.is_empty() && q.required {
            // «Việc khác» stands last.
            answers.add(&q.code, q.values.last().map_or("–", |v| v.key.as_str()));
        }
    }
    answers
}
