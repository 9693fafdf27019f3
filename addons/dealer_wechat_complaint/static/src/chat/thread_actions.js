import {registerThreadAction} from "@mail/core/common/thread_actions";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {_t} from "@web/core/l10n/translation";

/** Make a complaint of the chat; where one is open already, say so and leave the choice. */
async function makeComplaint({store, thread}, again = false) {
  const {action, dialog, notification, orm} = store.env.services;
  const answer = await orm.call("discuss.channel", "action_wechat_complaint", [[thread.id]], {
    again,
  });
  // Returns nothing: false would keep the dialog open.
  const open = async () => {
    if (answer.action) {
      await action.doAction(answer.action);
    }
  };
  if (answer.is_new) {
    notification.add(
      answer.action
        ? _t("Complaint %s was made of the chat.", answer.number)
        : _t("Complaint %s is with customer care.", answer.number),
      {type: "success"}
    );
    await open();
    return;
  }
  dialog.add(ConfirmationDialog, {
    title: _t("Complaint %s is open already", answer.number),
    body: answer.action
      ? _t("Write into it what is new. If it is about something else, make another one.")
      : _t("Customer care works on it. If it is about something else, make another one."),
    confirmLabel: answer.action ? _t("Open It") : _t("Leave It"),
    confirm: open,
    cancelLabel: _t("Make Another One"),
    cancel: () => makeComplaint({store, thread}, true),
    // To close the dialog is no wish for another one.
    dismiss: () => undefined,
  });
}

registerThreadAction("wechat-complaint", {
  condition: ({owner, thread}) =>
    thread?.isWechat && (!owner.props.chatWindow || owner.props.chatWindow.isOpen),
  icon: "fa fa-fw fa-bullhorn",
  name: _t("Make a Complaint of It"),
  open: ({store, thread}) => makeComplaint({store, thread}),
  sequence: 15,
  sequenceGroup: 7,
});
