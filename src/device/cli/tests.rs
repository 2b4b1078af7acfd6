//! The driver against devices of every temper, each told whole and one byte at a time.

use tokio::io::DuplexStream;

use super::*;
use crate::platform::Library;

/// What a device does with one line: prints this and waits, or hangs up after printing it.
enum Act {
    Print(String),
    HangUp(String),
}

struct Fake {
    platform: &'static str,
    greeting: String,
    echo: bool,
    timeouts: Timeouts,
    answers: Answers,
}

impl Default for Fake {
    fn default() -> Self {
        let short = Timeouts {
            prompt: Duration::from_secs(5),
            silence: Duration::from_secs(5),
            command: Duration::from_mins(1),
            ..Timeouts::default()
        };
        Self {
            platform: "cisco_iosxe",
            greeting: "\r\nsw1#".into(),
            echo: true,
            timeouts: short,
            answers: Answers::default(),
        }
    }
}

type Log = Arc<std::sync::Mutex<Vec<String>>>;
type Opened = Result<Cli<DuplexStream>, DeviceError>;

impl Fake {
    /// Starts the device and logs in; the log holds every line it was sent.
    async fn start(&self, dribble: bool, mut react: impl FnMut(&str) -> Act + Send + 'static) -> (Opened, Log) {
        let (near, mut far) = tokio::io::duplex(1 << 16);
        let log = Log::default();
        let (greeting, echo, heard) = (self.greeting.clone(), self.echo, Arc::clone(&log));
        tokio::spawn(async move {
            if say(&mut far, &greeting, dribble).await.is_err() {
                return;
            }
            let mut line = Vec::new();
            while let Ok(byte) = far.read_u8().await {
                if byte != b'\n' {
                    line.push(byte);
                    // A pager's key comes without a line end.
                    if line != b" " {
                        continue;
                    }
                }
                let text = String::from_utf8(std::mem::take(&mut line)).unwrap();
                heard.lock().unwrap().push(text.clone());
                let shown = text.replace('\u{16}', "");
                if echo && text != " " && say(&mut far, &format!("{shown}\r\n"), dribble).await.is_err() {
                    return;
                }
                let (text, over) = match react(&text) {
                    Act::Print(text) => (text, false),
                    Act::HangUp(text) => (text, true),
                };
                if say(&mut far, &text, dribble).await.is_err() || over {
                    return;
                }
            }
        });
        let platform = Arc::clone(&Library::built_in().unwrap().get(self.platform).unwrap().platform);
        let redactor = Redactor::new(Arc::clone(&platform), self.answers.enable.clone());
        let opened = Cli::open(near, &[], platform, self.answers.clone(), redactor, self.timeouts).await;
        (opened, log)
    }
}

async fn say(far: &mut DuplexStream, text: &str, dribble: bool) -> std::io::Result<()> {
    let bytes = text.as_bytes();
    let size = if dribble { 1 } else { bytes.len().max(1) };
    for chunk in bytes.chunks(size) {
        far.write_all(chunk).await?;
        if dribble {
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}

/// A switch with modes that accepts everything; `special` answers first where it has one.
fn switch(special: impl Fn(&str, &mut String) -> Option<String> + Send + 'static) -> impl FnMut(&str) -> Act + Send {
    let mut host = "sw1".to_owned();
    let mut mode = "";
    move |line| {
        match line {
            "configure terminal" => mode = "(config)",
            "end" => mode = "",
            _ if line.starts_with("interface ") => mode = "(config-if)",
            _ => {}
        }
        match special(line, &mut host) {
            Some(said) if said.ends_with('\u{0}') => Act::Print(said.trim_end_matches('\u{0}').to_owned()),
            said => Act::Print(format!("{}{host}{mode}#", said.unwrap_or_default())),
        }
    }
}

fn script(lines: &[&str]) -> Vec<ScriptLine> {
    lines.iter().map(|text| ScriptLine { depth: 0, text: (*text).to_owned() }).collect()
}

async fn both<F: Future<Output = ()>>(run: impl Fn(bool) -> F) {
    for dribble in [false, true] {
        let bound = tokio::time::timeout(Duration::from_secs(30), run(dribble)).await;
        bound.unwrap_or_else(|_| panic!("hangs (one byte at a time: {dribble})"));
    }
}

#[tokio::test]
async fn a_banner_that_ends_like_a_prompt_is_no_answer() {
    both(async |dribble| {
        let greeting = "\r\n**** core#\r\nAuthorised users only. Call ext#\r\nhelpdesk#\r\n\r\nsw1#".into();
        let fake = Fake { greeting, ..Fake::default() };
        let (cli, _log) =
            fake.start(dribble, switch(|line, _| (line == "show clock").then(|| "12:00\r\n".into()))).await;
        let mut cli = cli.unwrap();
        assert_eq!(cli.command("show clock").await.unwrap(), ["12:00"]);
        assert_eq!(cli.host(), "sw1");
    })
    .await;
}

#[tokio::test]
async fn the_words_of_an_error_in_the_echo_are_none() {
    both(async |dribble| {
        let (cli, _log) = Fake::default().start(dribble, switch(|_, _| None)).await;
        let lines =
            script(&["interface Gi1/0/1", "description % Invalid input detected", "% Invalid is a comment here"]);
        cli.unwrap().push(&lines, "config", &mut |_| {}).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_first_refused_line_stops_the_push() {
    both(async |dribble| {
        let refuse = |line: &str, _: &mut String| {
            line.starts_with("vlan 9")
                .then(|| "            ^\r\n% Invalid input detected at '^' marker.\r\n\r\n".to_owned())
        };
        let (cli, log) = Fake::default().start(dribble, switch(refuse)).await;
        let lines = script(&["interface Gi1/0/1", "vlan 9999", "description never"]);
        let mut done = Vec::new();
        let error = cli.unwrap().push(&lines, "config", &mut |n| done.push(n)).await.unwrap_err();
        let DeviceError::Rejected { line_no, command, answer } = error else { panic!("{error}") };
        assert_eq!((line_no, command.as_str()), (2, "vlan 9999"));
        assert_eq!(answer, "% Invalid input detected at '^' marker.");
        assert_eq!(done, [1]);
        assert!(!log.lock().unwrap().iter().any(|line| line.contains("never")));
    })
    .await;
}

#[tokio::test]
async fn pages_are_turned_and_leave_nothing() {
    both(async |dribble| {
        let erase = format!("{0}         {0}", "\u{8}".repeat(9));
        let mut page = 0;
        let mut inner = switch(|_, _| None);
        let react = move |line: &str| match (line, page) {
            ("show running-config", _) => {
                Act::Print("Building configuration...\r\n\r\nhostname sw1\r\n --More-- ".into())
            }
            (" ", 0) => {
                page = 1;
                Act::Print("\r         \rinterface Vlan10\r\n --More-- ".into())
            }
            (" ", 1) => {
                page = 2;
                Act::Print(format!("{erase}end\r\nsw1#"))
            }
            _ => inner(line),
        };
        let (cli, _log) = Fake::default().start(dribble, react).await;
        let mut cli = cli.unwrap();
        let lines = cli.fetch("show running-config").await.unwrap();
        assert_eq!(lines, ["Building configuration...", "", "hostname sw1", "interface Vlan10", "end"]);
    })
    .await;
}

#[tokio::test]
async fn log_messages_are_noise_wherever_they_come() {
    both(async |dribble| {
        let log = "*Mar  1 00:00:41.123 CET: %LINK-3-UPDOWN: Interface Gi1/0/1, changed state to down\r\n";
        let special = move |line: &str, _: &mut String| match line {
            // Inside the output, and after the prompt without a new one.
            "show one" => Some(format!("a\r\n{log}b\r\nsw1#\r\n{log}\0")),
            // On the prompt's own line, as some releases do.
            "show two" => Some(format!("c\r\nsw1#{log}\0")),
            _ => None,
        };
        let (cli, _log) = Fake::default().start(dribble, switch(special)).await;
        let mut cli = cli.unwrap();
        assert_eq!(cli.command("show one").await.unwrap(), ["a", "b"]);
        assert_eq!(cli.command("show two").await.unwrap(), ["c"]);
        assert_eq!(cli.command("show three").await.unwrap(), [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_prompt_printed_again_before_the_echo_is_no_answer() {
    both(async |dribble| {
        let special = |line: &str, _: &mut String| match line {
            // After this one the device logs, and prints its prompt again, in its own time.
            "show one" => Some("a\r\nsw1#\r\n%SYS-5-CONFIG_I: Configured from console\r\nsw1#\0".into()),
            "show two" => Some("b\r\n".into()),
            _ => None,
        };
        let (cli, _log) = Fake::default().start(dribble, switch(special)).await;
        let mut cli = cli.unwrap();
        assert_eq!(cli.command("show one").await.unwrap()[0], "a");
        assert_eq!(cli.command("show two").await.unwrap(), ["b"]);
    })
    .await;
}

#[tokio::test]
async fn a_new_host_name_is_learned_in_passing() {
    both(async |dribble| {
        let rename = |line: &str, host: &mut String| {
            if let Some(new) = line.strip_prefix("hostname ") {
                *host = new.to_owned();
            }
            // A rename nobody announced, as after a restored configuration.
            if line == "surprise" {
                *host = "other".into();
            }
            None
        };
        let (cli, _log) = Fake::default().start(dribble, switch(rename)).await;
        let mut cli = cli.unwrap();
        cli.push(&script(&["hostname aml-sw01", "vlan 10", "surprise", "vlan 20"]), "config", &mut |_| {})
            .await
            .unwrap();
        assert_eq!(cli.host(), "other");
    })
    .await;
}

#[tokio::test]
async fn a_line_of_output_that_looks_like_a_prompt_is_waited_over() {
    let mut inner = switch(|_, _| None);
    let (near, mut far) = tokio::io::duplex(4096);
    tokio::spawn(async move {
        far.write_all(b"sw1#").await.unwrap();
        let mut line = Vec::new();
        while let Ok(byte) = far.read_u8().await {
            if byte != b'\n' {
                line.push(byte);
                continue;
            }
            let text = String::from_utf8(std::mem::take(&mut line)).unwrap();
            far.write_all(format!("{text}\r\n").as_bytes()).await.unwrap();
            if text == "show cdp" {
                // The packet ends right behind a neighbour's name.
                far.write_all(b"neighbour\r\nsw2#").await.unwrap();
                tokio::time::sleep(SETTLE / 4).await;
                far.write_all(b" is up\r\nsw1#").await.unwrap();
            } else if let Act::Print(said) = inner(&text) {
                far.write_all(said.as_bytes()).await.unwrap();
            }
        }
    });
    let platform = Arc::clone(&Library::built_in().unwrap().get("cisco_iosxe").unwrap().platform);
    let fake = Fake::default();
    let mut cli =
        Cli::open(near, &[], Arc::clone(&platform), Answers::default(), Redactor::new(platform, None), fake.timeouts)
            .await
            .unwrap();
    assert_eq!(cli.command("show cdp").await.unwrap(), ["neighbour", "sw2# is up"]);
}

#[tokio::test]
async fn declared_questions_are_answered_and_others_are_not() {
    both(async |dribble| {
        let special = |line: &str, _: &mut String| match line {
            "write memory" => Some("Destination filename [startup-config]? \0".into()),
            "" => Some("\r\nBuilding configuration...\r\n[OK]\r\n".into()),
            "crypto key generate rsa" => Some("How many bits in the modulus [512]: \0".into()),
            _ => None,
        };
        let timeouts = Timeouts { silence: Duration::from_millis(700), ..Fake::default().timeouts };
        let fake = Fake { timeouts, ..Fake::default() };
        let (cli, log) = fake.start(dribble, switch(special)).await;
        let mut cli = cli.unwrap();
        assert!(cli.command("write memory").await.unwrap().contains(&"[OK]".to_owned()));
        let error = cli.command("crypto key generate rsa").await.unwrap_err();
        assert!(matches!(&error, DeviceError::Question { seen, .. } if seen.contains("modulus")), "{error}");
        // What would be typed next would be the answer.
        assert!(matches!(cli.command("show clock").await, Err(DeviceError::Lost { .. })));
        assert!(!log.lock().unwrap().contains(&"show clock".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn privileged_mode_needs_its_password() {
    both(async |dribble| {
        let privileged = || {
            let mut state = 0;
            move |line: &str| {
                state = match (state, line) {
                    (0, "enable") => 1,
                    (1, "hemligt") => 2,
                    (1, _) => 0,
                    (state, _) => state,
                };
                Act::Print(["sw1>", "Password: ", "sw1#"][state].to_owned())
            }
        };
        let greeting = || "User Access Verification\r\n\r\nsw1>".to_owned();
        let good = Fake {
            greeting: greeting(),
            answers: Answers { enable: Some("hemligt".into()), ..Answers::default() },
            ..Fake::default()
        };
        assert!(good.start(dribble, privileged()).await.0.is_ok());
        let none = Fake { greeting: greeting(), ..Fake::default() };
        let error = none.start(dribble, privileged()).await.0.err().unwrap().to_string();
        assert!(error.contains("none is given"), "{error}");
        let wrong = Fake {
            greeting: greeting(),
            answers: Answers { enable: Some("fel-losen".into()), ..Answers::default() },
            ..Fake::default()
        };
        let error = wrong.start(dribble, privileged()).await.0.err().unwrap().to_string();
        assert!(error.contains("enable") && !error.contains("fel-losen"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_device_without_echo_is_still_understood() {
    let fake = Fake { echo: false, ..Fake::default() };
    let (cli, _log) = fake.start(false, switch(|line, _| (line == "show clock").then(|| "12:00\r\n".into()))).await;
    assert_eq!(cli.unwrap().command("show clock").await.unwrap(), ["12:00"]);
}

#[tokio::test]
async fn a_wrapped_echo_is_an_echo() {
    both(async |dribble| {
        let fake = Fake { echo: false, ..Fake::default() };
        let long = format!("description {}", "uplink to the core ".repeat(8));
        let wanted = long.clone();
        let special = move |line: &str, _: &mut String| {
            let wrapped: Vec<String> =
                line.chars().collect::<Vec<_>>().chunks(40).map(|c| c.iter().collect()).collect();
            let said = if line == wanted { "% Warning: long\r\n" } else { "" };
            Some(format!("{}\r\n{said}", wrapped.join(" \r\n")))
        };
        let (cli, _log) = fake.start(dribble, switch(special)).await;
        assert_eq!(cli.unwrap().command(&long).await.unwrap(), ["% Warning: long"]);
    })
    .await;
}

#[tokio::test]
async fn a_text_of_several_lines_is_sent_as_one() {
    both(async |dribble| {
        let mut inner = switch(|_, _| None);
        let mut inside = false;
        let react = move |line: &str| {
            if line.starts_with("banner motd ^C") {
                inside = true;
                return Act::Print("Enter TEXT message.  End with the character '^'.\r\n".into());
            }
            if inside && !line.contains("^C") {
                return Act::Print(String::new());
            }
            inside = false;
            inner(line)
        };
        let (cli, _log) = Fake::default().start(dribble, react).await;
        let lines = script(&["banner motd ^C", "Only for", "% Invalid people", "^C", "vlan 10"]);
        let mut done = Vec::new();
        cli.unwrap().push(&lines, "config", &mut |n| done.push(n)).await.unwrap();
        assert_eq!(done, [4, 5]);
    })
    .await;
}

#[tokio::test]
async fn keys_with_a_meaning_are_quoted() {
    let (cli, log) = Fake::default().start(false, switch(|_, _| None)).await;
    cli.unwrap().push(&script(&["description vem?"]), "config", &mut |_| {}).await.unwrap();
    assert!(log.lock().unwrap().contains(&"description vem\u{16}?".to_owned()));
}

#[tokio::test]
async fn a_connection_dropped_in_a_push_is_lost_at_its_line() {
    both(async |dribble| {
        let mut inner = switch(|_, _| None);
        let react = move |line: &str| if line == "vlan 20" { Act::HangUp("\r\n".into()) } else { inner(line) };
        let (cli, _log) = Fake::default().start(dribble, react).await;
        let error = cli.unwrap().push(&script(&["vlan 10", "vlan 20"]), "config", &mut |_| {}).await.unwrap_err();
        assert!(matches!(&error, DeviceError::Lost { step, .. } if step == "line 2, `vlan 20`"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn silence_ends_in_time_and_says_what_was_heard() {
    let quick =
        Timeouts { prompt: Duration::from_millis(300), silence: Duration::from_millis(300), ..Timeouts::default() };
    let fake = Fake { greeting: "Welcome\r\n".into(), timeouts: quick, ..Fake::default() };
    let begun = Instant::now();
    let error = fake.start(false, switch(|_, _| Some("\0".into()))).await.0.err().unwrap();
    assert!(matches!(&error, DeviceError::NoPrompt { seen, .. } if seen == "Welcome"), "{error}");
    let fake = Fake { timeouts: quick, ..Fake::default() };
    let (cli, _log) = fake.start(false, switch(|line, _| (line == "show tech").then(|| "thinking\r\n\0".into()))).await;
    let error = cli.unwrap().command("show tech").await.unwrap_err();
    assert!(matches!(&error, DeviceError::Timeout { seen, .. } if seen.contains("thinking")), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_device_that_talks_without_end_is_cut_off() {
    let timeouts = Timeouts { command: Duration::from_millis(600), ..Fake::default().timeouts };
    let fake = Fake { timeouts, ..Fake::default() };
    let (near, mut far) = tokio::io::duplex(4096);
    tokio::spawn(async move {
        far.write_all(b"sw1#").await.unwrap();
        far.read_u8().await.unwrap();
        while far.write_all(b"x\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let platform = Arc::clone(&Library::built_in().unwrap().get("cisco_iosxe").unwrap().platform);
    let opened =
        Cli::open(near, &[], Arc::clone(&platform), Answers::default(), Redactor::new(platform, None), fake.timeouts);
    let error = tokio::time::timeout(Duration::from_secs(10), opened).await.unwrap().err().unwrap();
    assert!(matches!(error, DeviceError::Timeout { .. }), "{error}");
}

#[tokio::test]
async fn a_huge_configuration_arrives_whole() {
    let big: String = "interface Vlan10\r\n description one of many\r\n".repeat(60_000);
    let size = big.len();
    let special = move |line: &str, _: &mut String| (line == "show running-config").then(|| big.clone());
    let (cli, _log) = Fake::default().start(false, switch(special)).await;
    let begun = Instant::now();
    let mut cli = cli.unwrap();
    let lines = cli.fetch("show running-config").await.unwrap();
    assert_eq!(lines.len(), 120_000);
    assert!(begun.elapsed() < Duration::from_secs(20), "{} bytes took {:?}", size, begun.elapsed());
}

#[tokio::test]
async fn a_banner_in_a_configuration_is_no_refusal() {
    let text = "version 17.9\r\nbanner motd ^C\r\n% Invalid users go away\r\n^C\r\nhostname sw1\r\nend\r\n";
    let special = move |line: &str, _: &mut String| (line == "show running-config").then(|| text.to_owned());
    let (cli, _log) = Fake::default().start(false, switch(special)).await;
    assert_eq!(cli.unwrap().fetch("show running-config").await.unwrap().len(), 6);
}

#[tokio::test]
async fn reading_sends_nothing_but_what_the_platform_declares() {
    for platform in ["cisco_iosxe", "frr"] {
        let prompt = if platform == "frr" { "sw1# " } else { "sw1#" };
        let fake = Fake { platform, greeting: prompt.into(), ..Fake::default() };
        let (cli, log) = fake.start(false, move |_| Act::Print(prompt.into())).await;
        let mut cli = cli.unwrap();
        let data = Arc::clone(&cli.platform);
        for command in &data.session.read.commands {
            cli.fetch(command).await.unwrap();
        }
        cli.leave().await;
        tokio::task::yield_now().await;
        let session = &data.session;
        let declared: Vec<&String> =
            session.prepare.iter().chain(&session.read.commands).chain(&session.leave).collect();
        for line in log.lock().unwrap().iter() {
            assert!(declared.contains(&line), "{platform}: sent {line}");
            assert!(!line.contains("configure"), "{platform}: {line}");
        }
    }
}

#[tokio::test]
async fn a_device_that_asks_at_its_command_line_is_told_once() {
    both(async |dribble| {
        let answers = Answers { user: "admin".into(), password: Some("hemligt".into()), enable: None };
        let greeting = "Your password: keep it to yourself\r\n\r\nUser Access Verification\r\n\r\nUsername: ";
        for right in [true, false] {
            let fake = Fake { greeting: greeting.into(), echo: false, answers: answers.clone(), ..Fake::default() };
            let (cli, log) = fake
                .start(dribble, move |line| {
                    Act::Print(match line {
                        "admin" => "\r\nPassword: ".into(),
                        "hemligt" if right => "\r\nsw1#".into(),
                        "hemligt" => "\r\n% Login invalid\r\n\r\nPassword: ".into(),
                        line => format!("{line}\r\nsw1#"),
                    })
                })
                .await;
            assert_eq!(log.lock().unwrap().iter().filter(|line| *line == "hemligt").count(), 1);
            match cli {
                Ok(mut cli) => assert!(right && cli.command("show clock").await.unwrap().is_empty()),
                Err(error) => {
                    assert!(!right);
                    let said = "login as admin refused; tried password, asked at the command line";
                    assert_eq!(error.to_string(), said);
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_privileged_password_may_be_the_one_of_the_login() {
    both(async |dribble| {
        let answers = Answers { password: Some("hemligt".into()), ..Answers::default() };
        let fake = Fake { greeting: "\r\nsw1>".into(), answers, ..Fake::default() };
        let (cli, _log) = fake
            .start(dribble, |line| Act::Print(if line == "enable" { "Password: ".into() } else { "\r\nsw1#".into() }))
            .await;
        assert_eq!(cli.unwrap().mode, "privileged");
    })
    .await;
}

#[tokio::test]
async fn a_device_that_waits_for_enter_gets_it() {
    both(async |dribble| {
        let timeouts = Timeouts { prompt: Duration::from_secs(4), ..Fake::default().timeouts };
        let fake = Fake { greeting: "\r\n".into(), timeouts, ..Fake::default() };
        let (cli, log) = fake.start(dribble, switch(|_, _| None)).await;
        assert!(cli.is_ok());
        assert_eq!(log.lock().unwrap().first().map(String::as_str), Some(""));
    })
    .await;
}

#[tokio::test]
async fn an_echo_that_a_narrow_terminal_wraps_is_none_of_the_answer() {
    let typed = "show interfaces description all in one line that is long";
    // With a carriage return after a blank, or after the character that the new row repeats.
    for echo in [
        "show interfaces description all in one \rline that is long",
        "show interfaces description all\rl in one line that is long",
    ] {
        both(async |dribble| {
            let fake = Fake { echo: false, ..Fake::default() };
            let (cli, _log) = fake
                .start(dribble, move |line| {
                    Act::Print(if line == typed {
                        format!("{echo}\r\nGi1/0/1 up\r\nsw1#")
                    } else {
                        format!("{line}\r\nsw1#")
                    })
                })
                .await;
            assert_eq!(cli.unwrap().command(typed).await.unwrap(), ["Gi1/0/1 up"]);
        })
        .await;
    }
}
