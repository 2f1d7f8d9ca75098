//! A command line as people say it: the program without its folder, the script that an interpreter
//! runs, and the arguments.

use std::borrow::Cow;

use crate::record::Arguments;

/// Programs that run a script, which is what the process is known for; versions may follow.
const INTERPRETERS: [&str; 12] = [
    "python", "perl", "ruby", "node", "bash", "sh", "dash", "zsh", "php", "lua", "Rscript", "pypy",
];

/// The arguments, each as it is said.
pub(crate) fn words<'a>(arguments: &Arguments<'a>) -> impl Iterator<Item = Cow<'a, str>> {
    let mut awaits_script = false;
    arguments.iter().enumerate().map(move |(place, argument)| {
        if place == 0 {
            let program = program(argument);
            awaits_script = is_interpreter(program);
            return program.into();
        }
        // What follows `-c`, `-m` or `-e` is no file.
        let is_script = awaits_script && !argument.starts_with('-');
        awaits_script &= !is_script && !matches!(argument, "-c" | "-m" | "-e");
        if is_script { base_name(argument).into() } else { argument.into() }
    })
}

/// The program without its folder. A title that a process gave itself may hold any slash.
fn program(argument: &str) -> &str {
    if argument.contains([' ', ':']) { argument } else { base_name(argument) }
}

fn base_name(path: &str) -> &str {
    // What stands for a file by a number or a link says nothing without its folder.
    if path.starts_with("/dev/") || path.starts_with("/proc/") {
        return path;
    }
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path);
    if name.is_empty() { path } else { name }
}

fn is_interpreter(program: &str) -> bool {
    let name = program.trim_start_matches('-');
    let name = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    INTERPRETERS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(arguments: &[&str]) -> String {
        let joined = Arguments::joined(arguments);
        words(&Arguments::new(&joined)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn programs_and_scripts_are_named_without_their_folders() {
        assert_eq!(
            said(&["/usr/bin/python3.12", "-u", "/srv/train.py", "--lr", "/x/3"]),
            "python3.12 -u train.py --lr /x/3"
        );
        assert_eq!(said(&["/bin/bash", "./noise.sh"]), "bash noise.sh");
        assert_eq!(said(&["bash", "/dev/fd/3"]), "bash /dev/fd/3");
        assert_eq!(said(&["/usr/sbin/nginx", "-c", "/etc/nginx.conf"]), "nginx -c /etc/nginx.conf");
    }

    #[test]
    fn code_modules_and_titles_stay_as_they_are() {
        assert_eq!(said(&["python3", "-c", "open('/etc/x')"]), "python3 -c open('/etc/x')");
        assert_eq!(
            said(&["python3", "-m", "http.server", "/srv/www"]),
            "python3 -m http.server /srv/www"
        );
        assert_eq!(
            said(&["nginx: master process /usr/sbin/nginx"]),
            "nginx: master process /usr/sbin/nginx"
        );
        assert_eq!(said(&["-bash"]), "-bash");
        assert_eq!(said(&["/"]), "/");
        assert_eq!(said(&["bash", ""]), "bash ");
    }
}
