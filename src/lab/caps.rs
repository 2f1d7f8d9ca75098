//! The caps: how much of the machine the lab may take.

use crate::lab::part::{Part, Step};
use crate::test_process::TestProcessKind;

/// The resources that test processes take, or would take, all together.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Load {
    pub(super) processes: usize,
    pub(super) memory_mb: u32,
    /// Percent of one CPU.
    pub(super) cpu_percent: u32,
}

/// The most that test processes may take together, the lab's mains left out.
pub(super) const MOST: Load = Load { processes: 512, memory_mb: 256, cpu_percent: 100 };

impl Load {
    /// The resources of one process.
    pub(super) fn new(part: Part, number: u32) -> Self {
        let amount_of = |other| if part == other { number } else { 0 };
        Self {
            processes: usize::from(part != Part::Main),
            memory_mb: amount_of(Part::Own(TestProcessKind::Memory)),
            cpu_percent: amount_of(Part::Own(TestProcessKind::Burner)),
        }
    }

    /// The resources of the processes of a test process.
    pub(super) fn of_steps(steps: &[Step]) -> Self {
        steps.iter().map(|step| Self::new(step.part, step.number)).sum()
    }

    /// Why so much more must not be started, if it must not.
    pub(super) fn refusal_of(self, more: Self) -> Option<String> {
        let sum: Self = [self, more].into_iter().sum();
        let Self { processes, memory_mb, cpu_percent } = self;
        if sum.processes > MOST.processes {
            let most = MOST.processes;
            return Some(if processes >= most {
                format!("{most} test processes live already, which is the most")
            } else {
                format!(
                    "{processes} test processes live, {} more would be above {most}",
                    more.processes
                )
            });
        }
        if sum.memory_mb > MOST.memory_mb {
            let most = MOST.memory_mb;
            return Some(format!("test processes hold {memory_mb} MB and may hold {most} in all"));
        }
        if sum.cpu_percent > MOST.cpu_percent {
            let most = MOST.cpu_percent;
            return Some(format!(
                "test processes burn {cpu_percent} % of a CPU and may burn {most} % in all"
            ));
        }
        None
    }
}

impl std::iter::Sum for Load {
    fn sum<I: Iterator<Item = Self>>(loads: I) -> Self {
        loads.fold(Self::default(), |sum, load| Self {
            processes: sum.processes.saturating_add(load.processes),
            memory_mb: sum.memory_mb.saturating_add(load.memory_mb),
            cpu_percent: sum.cpu_percent.saturating_add(load.cpu_percent),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::part::steps;
    use crate::test_process::{KINDS, Number, TestProcessKind};

    fn refusal(living: Load, kind: TestProcessKind, number: u32) -> Option<String> {
        living.refusal_of(Load::of_steps(&steps(kind, number, false)))
    }

    #[test]
    fn every_kind_alone_stays_within_the_caps_at_its_most() {
        for row in &KINDS {
            let Number { most, .. } = row.number;
            let steps = steps(row.kind, most, false);
            let n_test_processes = if row.counts_itself() { most } else { 1 };
            let loads = (0..n_test_processes).map(|_| Load::of_steps(&steps));
            assert_eq!(Load::default().refusal_of(loads.sum()), None, "{}", row.name);
        }
    }

    #[test]
    fn the_readme_says_the_caps() {
        let Load { processes, memory_mb, cpu_percent } = MOST;
        let readme = include_str!("../../README.md").replace('\n', " ");
        let caps =
            format!("at most {processes} processes, {memory_mb} MB and {cpu_percent} % of one CPU");
        assert!(readme.contains(&caps), "the readme lacks: {caps}");
    }

    #[test]
    fn what_would_pass_a_cap_is_refused_before_it_is_forked() {
        let living = |processes| Load { processes, ..Load::default() };
        assert_eq!(refusal(living(511), TestProcessKind::Child, 1), None);
        assert_eq!(
            refusal(living(512), TestProcessKind::Child, 1).unwrap(),
            "512 test processes live already, which is the most"
        );
        assert_eq!(
            refusal(living(449), TestProcessKind::ForkBomb, 64).unwrap(),
            "449 test processes live, 64 more would be above 512"
        );
        let holding = Load { memory_mb: 250, ..living(1) };
        assert_eq!(refusal(holding, TestProcessKind::Memory, 6), None);
        assert_eq!(
            refusal(holding, TestProcessKind::Memory, 7).unwrap(),
            "test processes hold 250 MB and may hold 256 in all"
        );
        let burning = Load { cpu_percent: 60, ..living(1) };
        assert_eq!(
            refusal(burning, TestProcessKind::Burner, 41).unwrap(),
            "test processes burn 60 % of a CPU and may burn 100 % in all"
        );
        assert_eq!(refusal(burning, TestProcessKind::Burner, 40), None);
    }
}
