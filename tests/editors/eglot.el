;;; eglot.el --- solve and insert in a real Emacs, with one undo  -*- lexical-binding: t -*-
;; Run by plain.py; everything it needs is in the environment.

(package-initialize)
(require 'eglot)

(setq eglot-sync-connect 60
      eglot-connect-timeout 90
      make-backup-files nil
      create-lockfiles nil)
(add-to-list 'eglot-server-programs
             `(python-mode . (,(getenv "SSTAR_BIN") "lsp")))

(defun sstar-actions ()
  "What the menu of code actions offers, by title."
  (mapcar (lambda (action) (cons (plist-get action :title) action))
          (eglot-code-actions (point-min) (point-min))))

(defun sstar-action (prefix)
  "The action whose title begins with PREFIX, or nil."
  (cdr (seq-find (lambda (entry) (string-prefix-p prefix (car entry))) (sstar-actions))))

(defun sstar-wait (what found)
  "Call FOUND until it returns something; WHAT is said where it never does."
  (let ((tries 0) value)
    (while (and (not (setq value (funcall found))) (< tries 600))
      (setq tries (1+ tries))
      (accept-process-output nil 0.2))
    (or value (error "Waited in vain: %s; offered: %S" what (mapcar #'car (sstar-actions))))))

(find-file (getenv "SSTAR_PROBLEM"))
(python-mode)
(eglot '(python-mode) `(transient . ,default-directory) 'eglot-lsp-server
       `(,(getenv "SSTAR_BIN") "lsp") "python")

(let* ((before (buffer-string))
       (solve (sstar-wait "Solve" (lambda () (sstar-action "Solve with S*"))))
       (command (plist-get solve :command)))
  (eglot-execute-command (eglot-current-server)
                         (intern (plist-get command :command))
                         (plist-get command :arguments))
  (let ((insert (sstar-wait "Insert" (lambda () (sstar-action "Insert S* solution")))))
    (unless (plist-get insert :edit) (error "An action without edit, which eglot cannot resolve"))
    (undo-boundary)
    (eglot--apply-workspace-edit (plist-get insert :edit))
    (undo-boundary))
  (write-region (point-min) (point-max) (getenv "SSTAR_RESULT"))
  (undo)
  (unless (equal before (buffer-string)) (error "One undo does not take the insertion back"))
  (set-buffer-modified-p nil)
  (eglot-shutdown (eglot-current-server))
  (message "all good")
  (kill-emacs 0))
