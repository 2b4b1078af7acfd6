//! `samnet approve`: signs a plan.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::ValueHint;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use russh::keys::ssh_key::{HashAlg, PublicKey, SshSig};
use secrecy::SecretString;

use super::{Context, Failure, Outcome, fleet};
use crate::approval::{self, SIGNERS, SignError, Signers, Standing, Verdict};
use crate::model::Change;
use crate::plan::Stored;

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  samnet approve plan.json --key ~/.ssh/id_ed25519
  samnet approve plan.json --agent
  samnet approve plan.json --check

The signature is OpenSSH's: it stands in plan.json.sigs/PRINCIPAL.sig and signs the plan's id in the
namespace samnet-plan. Who may sign is the allowed_signers file that policies/change.yaml names; how many
must is there too. ssh-keygen alone can check one:

  printf '%s\\n' ID | ssh-keygen -Y verify -n samnet-plan -f policies/allowed_signers \\
      -I PRINCIPAL -s plan.json.sigs/PRINCIPAL.sig

With --check, exit code 3 when signatures are missing.")]
pub struct Args {
    /// The plan to sign
    #[arg(value_name = "PLAN", value_hint = ValueHint::FilePath)]
    plan: PathBuf,
    /// Sign with this private key; with a public key, the agent must hold its private half
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    key: Option<PathBuf>,
    /// Sign with the SSH agent
    #[arg(long, conflicts_with = "key")]
    agent: bool,
    /// Sign as this principal, where the key has several or a pattern
    #[arg(long = "as", value_name = "PRINCIPAL")]
    principal: Option<String>,
    /// Say who has signed and who must, and sign nothing
    #[arg(long, conflicts_with_all = ["key", "agent", "principal"])]
    check: bool,
}

/// Signs, or says who has.
///
/// # Errors
/// When the plan or the signers cannot be read, or the key may not or cannot sign.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    let stored = fleet::load_plan(&args.plan)?;
    let project = context.project()?;
    // Rules that cannot be read must not pass for rules that ask for nothing.
    fleet::legible(&project)?;
    let change = &project.loaded.network.policy.change;
    let signers = signers(&project.root, change)?;
    let now = Timestamp::now();
    if !args.check {
        let (signature, key) = sign(context, args, &stored, &signers, now)?;
        let principal = allowed(args, &stored, change, &signers, &key, now)?;
        let path = approval::store(&args.plan, &principal, &signature).map_err(|error| failed(&error))?;
        if !context.global.quiet {
            writeln!(context.out, "signed plan {} as {principal}: {}", stored.id.short(), path.display())?;
        }
    }
    let verdict = verdict(&stored, &args.plan, change, &signers)?;
    show(context, &stored, &verdict)?;
    if args.check && !verdict.approved() {
        return Err(Failure::refused(format!("plan {} is not approved yet", stored.id.short())));
    }
    Ok(Outcome::Done)
}

/// Reads the signers a project trusts.
pub(super) fn signers(root: &Path, change: &Change) -> Result<Signers, Failure> {
    let shown = change.signers.as_ref().map_or(SIGNERS, |path| path.value.as_str());
    Signers::load(&root.join(shown), shown, &TimeZone::system()).map_err(|error| {
        Failure::failed(format!("failed to read the signers: {error}"))
            .help("one line each: PRINCIPAL namespaces=\"samnet-plan\" ssh-ed25519 AAAA…")
    })
}

/// Looks at every signature beside a plan.
pub(super) fn verdict(stored: &Stored, path: &Path, change: &Change, signers: &Signers) -> Result<Verdict, Failure> {
    approval::check(stored, path, change, signers, Timestamp::now())
        .map_err(|error| Failure::failed(format!("failed to list {}: {error}", approval::folder(path).display())))
}

fn sign(
    context: &Context,
    args: &Args,
    stored: &Stored,
    signers: &Signers,
    now: Timestamp,
) -> Result<(SshSig, PublicKey), Failure> {
    let public = args.key.as_deref().and_then(approval::sign::public_key);
    match (&args.key, &public) {
        (Some(path), None) => {
            approval::sign_with_key(&stored.id, path, || passphrase(context, path)).map_err(|error| failed(&error))
        }
        _ if args.agent || public.is_some() || std::env::var_os("SSH_AUTH_SOCK").is_some() => {
            let runtime = tokio::runtime::Runtime::new()?;
            let signing = approval::sign_with_agent(&stored.id, public.as_ref(), signers, now);
            runtime.block_on(signing).map_err(|error| failed(&error))
        }
        _ => Err(Failure::usage("no key to sign with").help("--key FILE, or --agent with an SSH agent running")),
    }
}

fn passphrase(_context: &Context, path: &Path) -> Option<SecretString> {
    let terminal = console::Term::stderr();
    if !std::io::stdin().is_terminal() || !terminal.is_term() {
        return None;
    }
    terminal.write_str(&format!("passphrase of {}: ", path.display())).ok()?;
    terminal.read_secure_line().ok().map(SecretString::from)
}

/// The principal the key signs as, if its signature would count.
fn allowed(
    args: &Args,
    stored: &Stored,
    change: &Change,
    signers: &Signers,
    key: &PublicKey,
    now: Timestamp,
) -> Result<String, Failure> {
    let shown = signers.path();
    let principal = match (&args.principal, signers.principal(key, now)) {
        (Some(named), _) => named.clone(),
        (None, Some(own)) => own.to_owned(),
        (None, None) => {
            let fingerprint = key.fingerprint(HashAlg::Sha256);
            return Err(Failure::refused(format!("the key {fingerprint} may not sign plans after {shown}"))
                .help("where the file has a pattern for the key, say who you are with --as PRINCIPAL"));
        }
    };
    let why = match signers.standing(&principal, key, now) {
        Standing::Allowed if change.four_eyes.value && principal.eq_ignore_ascii_case(&stored.plan.author) => {
            format!("{principal} made plan {}; somebody else has to approve it", stored.id.short())
        }
        Standing::Allowed => return Ok(principal),
        Standing::UnknownKey => format!("the key is not in {shown}"),
        Standing::OtherPrincipal(other) => format!("in {shown} the key belongs to {other}, not to {principal}"),
        Standing::Namespace(line) => format!("line {line} of {shown} does not let the key sign plans"),
        Standing::Expired(line, when) => format!("the key expired on {when} (line {line} of {shown})"),
        Standing::NotYet(line, when) => format!("the key is not valid before {when} (line {line} of {shown})"),
    };
    Err(Failure::refused(why))
}

fn show(context: &mut Context, stored: &Stored, verdict: &Verdict) -> Result<(), Failure> {
    let green = anstyle::AnsiColor::Green.on_default();
    let yellow = anstyle::AnsiColor::Yellow.on_default();
    for good in &verdict.good {
        writeln!(context.out, "  {green}counts{green:#}          {} {}", good.principal, good.key)?;
    }
    for rejected in &verdict.rejected {
        let name = rejected.path.file_name().unwrap_or_default().to_string_lossy();
        writeln!(context.out, "  {yellow}does not count{yellow:#}  {name}: {}", rejected.reason)?;
    }
    let (have, need) = (verdict.good.len(), verdict.needed.signatures);
    let because = &verdict.needed.because;
    let id = stored.id.short();
    match verdict.outstanding() {
        0 => writeln!(context.out, "plan {id} is approved: {have} of {need} signatures ({because})")?,
        more => writeln!(context.out, "plan {id} has {have} of {need} signatures ({because}); {more} to come")?,
    }
    Ok(())
}

fn failed(error: &SignError) -> Failure {
    Failure::failed(format!("failed to sign: {error}"))
}
