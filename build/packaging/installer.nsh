; What Kenro's installer understands besides electron-builder's own switches (/S, /allusers, /currentuser, /D=folder):
;   /AUTOSTART  starts Kenro when somebody signs in to Windows
;   /KIOSK      the same, full screen and without a way out but `Kenro.exe --quit`
; The place of the entry follows the installation: the computer's for all users, else the user's own.

!include "FileFunc.nsh"
!include "LogicLib.nsh"

!define AUTOSTART_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
!define AUTOSTART_NAME "Kenro"

!macro customInstall
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/KIOSK" $R1
  ${IfNot} ${Errors}
    WriteRegStr SHELL_CONTEXT "${AUTOSTART_KEY}" "${AUTOSTART_NAME}" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" --kiosk'
  ${Else}
    ClearErrors
    ${GetOptions} $R0 "/AUTOSTART" $R1
    ${IfNot} ${Errors}
      WriteRegStr SHELL_CONTEXT "${AUTOSTART_KEY}" "${AUTOSTART_NAME}" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}"'
    ${EndIf}
  ${EndIf}
  ClearErrors
!macroend

!macro customUnInstall
  ; An update takes the old version away first: what was chosen then stays.
  ${IfNot} ${isUpdated}
    DeleteRegValue SHELL_CONTEXT "${AUTOSTART_KEY}" "${AUTOSTART_NAME}"
  ${EndIf}
!macroend
