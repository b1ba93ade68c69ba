"""The files of a release, from a build: archives, template, how to install, sums."""

import hashlib
import shutil
from pathlib import Path
from typing import Final

from mpl_export import __version__
from operate.release.packaged import packaged, prefix
from operate.release.packing import pack
from operate.template import PROJECT

SUMS: Final = "SHA256SUMS"
_TAKEN_ALONG: Final = ("LICENSE", "CHANGELOG.md")


def make(build: Path, target: Path, release: str = __version__) -> list[Path]:
    """Fill a folder with a release; lists of what ships may lie there already.

    Args:
        build: What ``sam build`` made.
        target: The folder; it is made if it is not there.

    Returns:
        The files, the sums last.

    Raises:
        ValueError: Something is missing in the build, or the template is not as expected.
    """
    target.mkdir(parents=True, exist_ok=True)
    template = packaged((PROJECT / "template.yaml").read_text(encoding="utf-8"), release)
    (target / "template.yaml").write_text(template.text, encoding="utf-8")
    for name, made in template.built.items():
        if not list((build / made).rglob("*.pyc")):
            raise ValueError(f"{build / made} is not compiled: it takes Python 3.13 to build it")
        pack(build / made, target / name)
    for name, source in template.sources.items():
        shutil.copyfile(PROJECT / source, target / name)
    for name in _TAKEN_ALONG:
        shutil.copyfile(PROJECT / name, target / name)
    (target / "INSTALL.md").write_text(_install(release), encoding="utf-8")
    sums = target / SUMS
    sums.unlink(missing_ok=True)
    files = sorted(path for path in target.iterdir() if path.is_file())
    sums.write_text("".join(f"{_sum(path)}  {path.name}\n" for path in files), encoding="utf-8")
    return [*files, sums]


def quick_create(release: str, region: str, bucket: str, **parameters: str) -> str:
    """The address at which CloudFormation's console asks for the parameters and creates a stack.

    Source: CloudFormation User Guide, "Create quick-create links".
    """
    template = f"https://{bucket}.s3.{region}.amazonaws.com/{prefix(release)}template.yaml"
    given = {"CodeBucket": bucket, **parameters}
    words = [
        f"templateURL={template}",
        "stackName=mpl-export",
        *(f"param_{name}={value}" for name, value in given.items()),
    ]
    console = f"https://{region}.console.aws.amazon.com/cloudformation/home?region={region}"
    return f"{console}#/stacks/create/review?{'&'.join(words)}"


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _install(release: str) -> str:
    link = quick_create(release, "REGION", "BUCKET", TenantName="TENANT", AlertEmail="MAIL")
    return f"""# Install release {release}

This takes the AWS CLI and a bucket in the region of the stack; neither make nor Python nor SAM.

1. Check that the files are whole: `sha256sum --check {SUMS}`
2. Copy them into a bucket of yours, in the region of the future stack:
   `aws s3 cp --recursive . s3://BUCKET/{prefix(release)}`
3. Put `REGION`, `BUCKET`, `TENANT` and `MAIL` into this address and open it. CloudFormation's
   console asks for the rest, and has to be allowed to create roles (`CAPABILITY_IAM`) and to
   expand the template (`CAPABILITY_AUTO_EXPAND`):

       {link}

4. Put the service key into the secret that the stack's output `ServiceKeySecret` names:
   `aws secretsmanager put-secret-value --secret-id SECRET --secret-string file://key.json`
   and then `rm key.json`.
5. Confirm the mail's subscription, not by its link, which anybody could undo, but with the link's
   `Token`; `TOPIC` is the output `AlertTopic`:

       aws sns confirm-subscription --topic-arn TOPIC --token TOKEN \\
           --authenticate-on-unsubscribe true

6. Ask the function what it can reach; each step that fails says what to do:

       aws lambda invoke --function-name FUNCTION --cli-binary-format raw-in-base64-out \\
           --payload '{{"check": true}}' /dev/stdout

7. When the first run has succeeded (*Export is behind* is over), protect its table:
   `aws dynamodb update-table --deletion-protection-enabled --table-name TABLE`, where `TABLE` is
   the output `CheckpointTable`.

A newer release goes the same way: its files into the bucket, then *Update stack* with the address
of its template.
"""
