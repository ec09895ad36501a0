"""Execution in this process, so that tests need no other one."""

from concurrent.futures import Future


class HereExecutor:
    """Runs a task when it is submitted, in this process."""

    def submit(self, function, *arguments):
        future = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future

    def shutdown(self, **_):
        pass
