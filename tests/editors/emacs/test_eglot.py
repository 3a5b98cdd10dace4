"""A real Emacs, configured by the lines of the documentation, works with the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.editors.conformance.session import answers_to, sessions_in
from tests.editors.documented import snippet
from tests.editors.emacs.driver import HEADING, configuration_for_readers, drive
from tests.editors.vscode.projects import ADDED, MIGRATED
from tests.lsp.schemas import CODE, DATASOURCE, ONE_FINDING, POSTS, TWO_FINDINGS, USERS
from tests.project.folders import write

pytestmark = pytest.mark.slow

ADD_INDEX = "Add `@@index([authorId])`"
INDEX = "  @@index([authorId])"
MESSAGE = "`Post.authorId` has no index"


def test_the_documented_lines_judge_the_scripts_of_migrations(tmp_path: Path) -> None:
    write(tmp_path, {"package.json": "{}", **MIGRATED})
    found = drive(
        tmp_path,
        f"""
        (begin "{ADDED}")
        (let ((told (wait "a finding" #'findings)))
          (at 1 33)
          (answer `((told . ,(vconcat told)) (hover . ,(hover))
                    (mode . ,(symbol-name major-mode)))))
        """,
        configuration_for_readers() + snippet(HEADING, "elisp", 4),
    )
    ((line, text),) = found["told"]
    assert line == 1
    assert "phone" in text
    assert "phone" in found["hover"]
    assert found["mode"] == "prisma-migration-mode"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, {"package.json": "{}", "schema.prisma": ONE_FINDING})
    return tmp_path


def test_it_opens_tells_hovers_fixes_and_says_goodbye(folder: Path) -> None:
    found = drive(
        folder,
        f"""
        (begin "schema.prisma")
        (let* ((told (wait "a finding" #'findings))
               (hover (progn (at 12 4) (hover)))
               (titles (choose #'eglot-code-actions "{ADD_INDEX}")))
          (sync)
          (wait "no finding" (lambda () (null (findings))))
          (answer `((told . ,(vconcat told)) (hover . ,hover) (titles . ,(vconcat titles))
                    (text . ,(text)))))
        """,
    )
    ((line, text),) = found["told"]
    assert line == 12
    assert MESSAGE in text
    assert "User" in found["hover"]
    assert found["titles"] == [ADD_INDEX, f"Silence `{CODE}` here"]
    assert found["text"].endswith(f"\n\n{INDEX}\n}}\n")
    (session,) = sessions_in(folder / "log")
    assert answers_to(session, "shutdown") == [None]


def test_the_documented_command_makes_all_safe_fixes(folder: Path) -> None:
    write(folder, {"schema.prisma": TWO_FINDINGS})
    found = drive(
        folder,
        """
        (begin "schema.prisma")
        (wait "both findings" (lambda () (= 2 (length (findings)))))
        (let ((last-nonmenu-event t)) (call-interactively #'referee-fix-all))
        (sync)
        (wait "no finding" (lambda () (null (findings))))
        (answer `((text . ,(text))))
        """,
    )
    assert found["text"].splitlines().count(INDEX) == 2


def test_the_documented_settings_count(folder: Path) -> None:
    found = drive(
        folder,
        """
        (begin "schema.prisma")
        (wait "a finding" #'findings)
        (answer `((type . ,(symbol-name (flymake-diagnostic-type (car (flymake-diagnostics)))))
                 ))
        """,
        configuration_for_readers() + snippet(HEADING, "elisp", 3),
    )
    assert found["type"] == "eglot-error"


def test_typing_an_index_ends_the_finding_and_undo_brings_it_back(folder: Path) -> None:
    found = drive(
        folder,
        f"""
        (begin "schema.prisma")
        (wait "a finding" #'findings)
        (at 13 1)
        (end-of-line)
        (insert "\\n")
        (dolist (character (string-to-list "{INDEX}"))
          (insert character)
          (sync))
        (wait "no finding" (lambda () (null (findings))))
        (delete-region (line-beginning-position) (line-end-position))
        (sync)
        (let ((told (wait "the finding" #'findings)))
          (answer `((told . ,(vconcat told)))))
        """,
    )
    ((line, text),) = found["told"]
    assert line == 12
    assert MESSAGE in text


def test_two_files_of_one_schema_know_each_other(tmp_path: Path) -> None:
    schema = tmp_path / "prisma"
    write(tmp_path, {"package.json": "{}"})
    write(schema, {"base.prisma": DATASOURCE, "posts.prisma": POSTS, "users.prisma": USERS})
    found = drive(
        tmp_path,
        """
        (begin "prisma/posts.prisma")
        (let ((posts (current-buffer)))
          (wait "a finding" #'findings)
          (begin (expand-file-name "../prisma/users.prisma"))
          (at 1 1)
          (delete-region (line-beginning-position) (line-end-position))
          (insert "model Person {")
          (sync)
          (with-current-buffer posts
            (wait "no finding of an index"
                  (lambda () (cl-notany (lambda (each) (string-match-p "no index" (cadr each)))
                                        (findings)))))
          (let ((clients (length (eglot--managed-buffers (eglot-current-server)))))
            (answer `((clients . ,clients)))))
        """,
    )
    assert found == {"clients": 2}
