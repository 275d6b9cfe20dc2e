//! The guide to what is inside of a store.

const GUIDE: &str = include_str!("../../../docs/looking-inside.md");

/// Its blocks of that language, in the section of that title.
pub(crate) fn blocks_of_the_guide(section: &str, language: &str) -> Vec<&'static str> {
    let section = GUIDE.split("\n## ").find(|text| text.lines().next() == Some(section)).unwrap();
    let fence = format!("\n```{language}\n");
    section.split(fence.as_str()).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}
