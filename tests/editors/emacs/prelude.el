;;; -*- lexical-binding: t -*-
;; What every script of a test may use. In batch Emacs has no command loop: hooks that run after a
;; command and timers that run when Emacs is idle do not, so what they would call is called here.
(require 'package)
(package-initialize)
(require 'eglot)
(require 'cl-lib)
(require 'json)

(setq make-backup-files nil
      create-lockfiles nil
      eglot-sync-connect 180
      eglot-autoshutdown t
      eglot-send-changes-idle-time 0
      eglot-confirm-server-initiated-edits nil
      eglot-extend-to-xref nil)

(defun wait (what is-so)
  "Let Emacs work until IS-SO returns something, and return that; fail naming WHAT."
  (let ((end (+ (float-time) 180)) found)
    (while (not (setq found (funcall is-so)))
      (when (> (float-time) end) (error "Waited for %s" what))
      (accept-process-output nil 0.02))
    found))

(defun begin (file)
  "Open FILE as its user would; `post-command-hook' is where `eglot-ensure' connects."
  (find-file file)
  (run-hooks 'post-command-hook)
  (set-window-buffer (selected-window) (current-buffer))
  (unless (eglot-current-server) (error "Eglot did not connect"))
  (flymake-mode 1))

(defun sync ()
  "Send what was changed."
  (eglot--signal-textDocument/didChange)
  (run-hooks 'post-command-hook))

(defun findings ()
  "Return the findings that Flymake shows, each as its line and text."
  (accept-process-output nil 0.02)
  (flymake-start)
  (mapcar (lambda (each)
            (list (line-number-at-pos (flymake-diagnostic-beg each))
                  (flymake-diagnostic-text each)))
          (flymake-diagnostics)))

(defun at (line column)
  "Go to LINE and COLUMN, both counted from 1."
  (goto-char (point-min))
  (forward-line (1- line))
  (move-to-column (1- column)))

(defun hover ()
  "Return what eglot would show about point in the echo area."
  (let (said)
    (eglot-hover-eldoc-function (lambda (text &rest _) (setq said text)))
    (substring-no-properties (wait "a hover" (lambda () said)))))

(defun choose (command wanted)
  "Call COMMAND, choose WANTED in the menu it shows, and return all titles in that menu."
  (let (titles (last-nonmenu-event t))
    (cl-letf (((symbol-function 'completing-read)
               (lambda (_prompt items &rest _)
                 (setq titles (mapcar #'car items))
                 (or (car (member wanted titles)) (error "Not offered: %S" titles)))))
      (call-interactively command))
    titles))

(defun text () (buffer-substring-no-properties (point-min) (point-max)))

(defun answer (value)
  "Say VALUE, which holds no lists but association lists and vectors, to the test."
  (princ (concat "\nANSWER " (json-encode value) "\n")))

(defun goodbye ()
  "Shut the server down; eglot waits for the answer, then kills what is left of the process."
  (let ((process (jsonrpc--process (eglot-current-server))))
    (eglot-shutdown (eglot-current-server))
    (wait "the end of the server" (lambda () (not (process-live-p process))))
    (set-buffer-modified-p nil)))
