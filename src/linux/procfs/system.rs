//! Figures of the whole system that have no library: pressure, and how many were created.

use std::fs;

use crate::record::Pressure;

/// How much waits now; `None` where the kernel does not say.
pub(crate) fn pressure() -> Option<Pressure> {
    let of = |resource: &str| {
        some_avg10(&fs::read_to_string(format!("/proc/pressure/{resource}")).ok()?)
    };
    Some(Pressure { cpu: of("cpu")?, memory: of("memory")?, io: of("io")? })
}

/// How many processes and threads were created since boot (`processes` in `proc_stat(5)`).
pub(crate) fn created() -> Option<u64> {
    parse_created(&fs::read_to_string("/proc/stat").ok()?)
}

/// `some avg10=0.22 avg60=0.17 avg300=1.11 total=58761459`
fn some_avg10(text: &str) -> Option<f32> {
    let some = text.lines().find_map(|line| line.strip_prefix("some "))?;
    some.split(' ').find_map(|field| field.strip_prefix("avg10="))?.parse().ok()
}

fn parse_created(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("processes "))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_the_kernel_are_read() {
        let text = "some avg10=1.53 avg60=0.87 avg300=0.73 total=1183\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
        assert_eq!(some_avg10(text), Some(1.53));
        assert_eq!(
            parse_created("cpu  1 2\nbtime 5\nprocesses 186234\nprocs_running 2\n"),
            Some(186_234)
        );
        assert_eq!((some_avg10("nothing"), parse_created("")), (None, None));
    }
}
