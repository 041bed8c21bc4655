//! What a plan of PostgreSQL's reads as a whole.

/// The steps by which one of the tables is read from end to end: not those that a limit ends as soon as there are
/// enough rows, with nothing between them that would ask for all.
pub(crate) fn whole(plan: &[String], tables: &[&str]) -> Vec<String> {
    let of_table = |step: &str| {
        let on = step.split("Seq Scan on ").nth(1);
        let on = on.and_then(|on| on.split(' ').next());
        on.is_some_and(|on| tables.contains(&on))
    };
    let steps = plan.iter().enumerate();
    steps
        .filter(|(nth, step)| of_table(step) && !ended(&plan[..=*nth]))
        .map(|(_, step)| step.clone())
        .collect()
}

/// Whether a limit ends the last step.
fn ended(plan: &[String]) -> bool {
    let depth = |step: &str| step.find("->").unwrap_or(0);
    let Some((scan, above)) = plan.split_last() else {
        return false;
    };
    let mut within = depth(scan);
    for step in above.iter().rev() {
        // Neither a filter or a condition, nor what is below another step.
        let is_step = step.contains("->") || step.contains("(cost=");
        if !is_step || depth(step) > within {
            continue;
        }
        if depth(step) == within {
            // The second of two, read anew for each row of the first.
            if step.contains(" rows=1 ") {
                continue;
            }
            return false;
        }
        if step.contains("Limit ") {
            return true;
        }
        if !(step.contains("Nested Loop") || step.contains("Hash Join")) {
            return false;
        }
        within = depth(step);
    }
    false
}
