import uvloop


def main(app):
    loop = uvloop.new_event_loop()
    loop.create_task(app.serve())  # expect: D19
    loop.create_task(app.monitor())  # expect: D19
    loop.run_forever()
