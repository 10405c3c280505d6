/* What the addons have in common: errors as JavaScript knows them, and calls into JavaScript. */
#ifndef PXECTL_ADDON_H
#define PXECTL_ADDON_H
#define NAPI_VERSION 8
#include <stdbool.h>
#include <stdio.h>

#include <node_api.h>
#include <uv.h>

/* Throws an error with the `code` of `error` (an errno), as Node's own sockets do. */
static napi_value throwErrno(napi_env env, const char *call, int error) {
  char text[80];
  snprintf(text, sizeof text, "%s %s", call, uv_err_name(-error));
  napi_throw_error(env, uv_err_name(-error), text);
  return NULL;
}

/* For calls that fail only where our own JavaScript has a bug, or the memory is gone. */
#define TRY(call)                                                      \
  do {                                                                 \
    if ((call) != napi_ok) {                                           \
      bool isPending = false;                                          \
      napi_is_exception_pending(env, &isPending);                      \
      if (!isPending) napi_throw_error(env, "ERR_PXECTL_ADDON", #call); \
      return NULL;                                                     \
    }                                                                  \
  } while (0)

/*
 * Calls a function of JavaScript that `function` refers to, as a method of what `self` refers to. Promises and ticks that it starts
 * run before this returns, unless JavaScript is what called us. The process hears of what it throws as of any uncaught exception.
 */
static void callBack(napi_env env, napi_async_context context, napi_ref self, napi_ref function, size_t count, const napi_value *arguments) {
  napi_value object, called, error;
  if (napi_get_reference_value(env, self, &object) == napi_ok && napi_get_reference_value(env, function, &called) == napi_ok &&
      napi_make_callback(env, context, object, called, count, arguments, NULL) == napi_pending_exception &&
      napi_get_and_clear_last_exception(env, &error) == napi_ok) {
    napi_fatal_exception(env, error);
  }
}

#endif
